import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { done, SENTENCE } from "../harness/hub-api.ts";
import { secretIn } from "../harness/mailed-hub.ts";
import { ACME, INVITES, OWN, startInvitingHub } from "./inviting-hub.ts";

let hub: Awaited<ReturnType<typeof startInvitingHub>>;
let now = Date.now();

beforeAll(async () => {
  hub = await startInvitingHub(() => new Date(now));
});
afterAll(() => hub[Symbol.asyncDispose]());

describe("by name", () => {
  test("whoever is invited sees it, accepts it once, and is what they were invited to be", async () => {
    const guest = await hub.addUser();
    const wish = { role: "contributor", teams: ["builders", "testers", "builders"] };
    const { status, invitation, handOver } = await hub.invite(guest.toUpperCase(), wish);
    expect([status, handOver]).toEqual(["invited", undefined]);
    const shown = {
      ...{ id: invitation.id, role: "contributor", teams: ["builders", "testers"] },
      invitedBy: "olga",
    };
    expect(invitation).toMatchObject({ ...shown, invitee: guest });
    expect(await hub.ownOf(guest)).toMatchObject([{ ...shown, organization: "acme" }]);
    expect((await hub.as(guest)(`GET ${ACME}`)).status).toBe(404);
    const { body } = await done(hub.accept(guest, invitation.id));
    expect(body).toEqual({
      ...{ organization: "acme", role: "contributor", teams: ["builders", "testers"] },
    });
    expect((await hub.as(guest)(`GET ${ACME}`)).status).toBe(200);
    expect(await hub.roleOf(guest)).toBe("contributor");
    const { body: team } = await done(hub.as("olga")(`GET ${ACME}/teams/builders/members`));
    expect(team.items).toContain(guest);
    expect((await hub.accept(guest, invitation.id)).status).toBe(404);
    expect(await hub.ownOf(guest)).toEqual([]);
  });

  test("whoever declines stays out, and can be invited again", async () => {
    const guest = await hub.addUser();
    const { invitation } = await hub.invite(guest);
    expect((await hub.as(guest)(`DELETE ${OWN}/${invitation.id}`)).status).toBe(204);
    expect((await hub.accept(guest, invitation.id)).status).toBe(404);
    expect(await hub.roleOf(guest)).toBeUndefined();
    expect((await hub.invite(guest)).status).toBe("invited");
  });

  test("of several who accept at the same time one does", async () => {
    const email = "many@example.com";
    const guests = [await hub.addUser(email), await hub.addUser(email), await hub.addUser(email)];
    const { invitation } = await hub.invite(email);
    const answers = await Promise.all(guests.map((guest) => hub.accept(guest, invitation.id)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 404, 404]);
  });
});

test("a dry run says of each what would become of them, and invites nobody", async () => {
  const [guest, invited] = [await hub.addUser(), await hub.addUser()];
  await hub.invite(invited);
  const invitees = [guest, "mike", invited, "no-such-account", "new@example.com", "a@b", guest];
  const expected = ["invited", "member", "already-invited", "invalid", "invited", "invalid"];
  const body = { invitees, dryRun: true };
  const foreseen = await done(hub.as("olga")(`POST ${INVITES}`, body));
  expect(foreseen.body.items.map((one: { status: string }) => one.status)).toEqual([
    ...expected,
    "already-invited",
  ]);
  expect(JSON.stringify(foreseen.body)).not.toContain("secret");
  expect(await hub.ownOf(guest)).toEqual([]);
  const real = await done(hub.as("olga")(`POST ${INVITES}`, { invitees }));
  expect(real.body.items.map((one: { status: string }) => one.status)).toEqual([
    ...expected,
    "already-invited",
  ]);
  expect(await hub.ownOf(guest)).toHaveLength(1);
});

test("S39: an address tells nothing about whether it has an account", async () => {
  await hub.addUser("known@example.com");
  const answers = [];
  for (const email of ["known@example.com", "unknown@example.com"]) {
    const answer = await hub.invite(email);
    const text = JSON.stringify(answer)
      .replaceAll(email, "EMAIL")
      .replace(/berth_once_[\w-]{32}/g, "SECRET")
      .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID");
    answers.push(text);
  }
  expect(answers[0]).toBe(answers[1]);
});

describe("by address", () => {
  test("an account whose address it is accepts it; one that only says so does not", async () => {
    const email = "carol@example.com";
    const { invitation } = await hub.invite("Carol@Example.com");
    expect(invitation.invitee).toBe(email);
    const liar = await hub.addUser();
    await done(hub.as(liar)("POST /api/v1/account/email", { email }));
    expect(await hub.ownOf(liar)).toEqual([]);
    expect((await hub.accept(liar, invitation.id)).status).toBe(404);
    const carol = await hub.addUser(email);
    expect(await hub.ownOf(carol)).toMatchObject([{ id: invitation.id, organization: "acme" }]);
    await done(hub.accept(carol, invitation.id));
    expect(await hub.roleOf(carol)).toBe("member");
  });

  test("its link is shown once, and lets an account with another address in, once", async () => {
    const { handOver, invitation } = await hub.invite("dan@example.com", { teams: ["testers"] });
    const secret = secretIn(handOver.command);
    expect(handOver).toMatchObject({
      command: `berth account accept --secret ${secret}`,
      signUpCommand: `berth sign-up --invitation ${secret}`,
    });
    const { body: list } = await done(hub.as("olga")(`GET ${INVITES}?limit=1000`));
    expect(JSON.stringify(list)).toContain(invitation.id);
    expect(JSON.stringify(list) + hub.dump()).not.toContain(secret);
    const [guest, second] = [await hub.addUser(), await hub.addUser()];
    const { body } = await done(hub.as(guest)(`POST ${OWN}`, { secret }));
    expect(body).toEqual({ organization: "acme", role: "member", teams: ["testers"] });
    expect((await hub.as(second)(`POST ${OWN}`, { secret })).status).toBe(400);
    expect(await hub.roleOf(second)).toBeUndefined();
  });

  test("somebody without an account signs up with it, and their address counts as unconfirmed", async () => {
    const email = "eve@example.com";
    const { handOver } = await hub.invite(email, { role: "contributor", teams: ["builders"] });
    const wish = { name: "eve", password: SENTENCE, invitation: secretIn(handOver.command) };
    expect((await hub.anonymous("POST /api/v1/sign-up", wish)).status).toBe(201);
    expect(await hub.roleOf("eve")).toBe("contributor");
    const again = { ...wish, name: "eva" };
    expect((await hub.anonymous("POST /api/v1/sign-up", again)).status).toBe(400);
    // Olga had the link in her hands: it does not make the address hers, with what is sent to it by others.
    await done(hub.root("POST /api/v1/organizations", { name: "other" }));
    const other = { invitees: [email] };
    await done(hub.root("POST /api/v1/organizations/other/invitations", other));
    expect(await hub.ownOf("eve")).toEqual([]);
  });

  test("sending it again makes another link, and cancelling it ends both", async () => {
    const first = await hub.invite("finn@example.com");
    const { id } = first.invitation;
    const again = await done(hub.as("olga")(`POST ${INVITES}/${id}/resend`));
    const [old, next] = [secretIn(first.handOver.command), secretIn(again.body.handOver.command)];
    const guest = await hub.addUser();
    expect((await hub.as(guest)(`POST ${OWN}`, { secret: old })).status).toBe(400);
    expect((await hub.as("olga")(`DELETE ${INVITES}/${id}`)).status).toBe(204);
    expect((await hub.as(guest)(`POST ${OWN}`, { secret: next })).status).toBe(400);
    expect((await hub.as("olga")(`POST ${INVITES}/${id}/resend`)).status).toBe(404);
  });

  test("it ends after a week, and can be sent again or given anew", async () => {
    const guest = await hub.addUser("gina@example.com");
    const { invitation, handOver } = await hub.invite("gina@example.com");
    const named = await hub.addUser();
    const byName = (await hub.invite(named)).invitation;
    now += 8 * 86_400_000;
    expect(await hub.ownOf(guest)).toEqual([]);
    expect(await hub.accept(guest, invitation.id)).toMatchObject({ status: 409 });
    const secret = secretIn(handOver.command);
    expect((await hub.as(named)(`POST ${OWN}`, { secret })).status).toBe(400);
    await done(hub.as("olga")(`POST ${INVITES}/${invitation.id}/resend`));
    await done(hub.accept(guest, invitation.id));
    const anew = await hub.invite(named);
    expect(anew.status).toBe("invited");
    expect(anew.invitation.id).not.toBe(byName.id);
  });
});

describe("what an invitation is worth is decided when it is accepted", () => {
  /** A second owner, who invites and then changes. */
  async function addOwner(): Promise<string> {
    const name = await hub.addUser();
    await done(hub.as("olga")(`PUT ${ACME}/members/${name}`, { role: "owner" }));
    return name;
  }

  test("an inviter who was demoted gives nothing, until an owner sends it again", async () => {
    const [boss, guest] = [await addOwner(), await hub.addUser()];
    const { invitation } = await hub.invite(guest, { role: "owner" }, boss);
    const { handOver } = await hub.invite("hugo@example.com", {}, boss);
    await done(hub.as("olga")(`PUT ${ACME}/members/${boss}`, { role: "contributor" }));
    const refused = await hub.accept(guest, invitation.id);
    expect(refused).toMatchObject({
      status: 409,
      body: { type: "urn:berth:problem:INVITATION_VOID" },
    });
    expect(refused.body.detail).toContain(`${boss}, who gave it, may not give it any more`);
    const secret = secretIn(handOver.command);
    const wish = { name: "hugo", password: SENTENCE, invitation: secret };
    const signUp = await hub.anonymous("POST /api/v1/sign-up", wish);
    expect(signUp).toMatchObject({ status: 400, body: { type: "urn:berth:problem:LINK_INVALID" } });
    expect((await hub.as(guest)(`POST ${OWN}`, { secret })).status).toBe(409);
    expect(await hub.roleOf(guest)).toBeUndefined();
    await done(hub.as("olga")(`POST ${INVITES}/${invitation.id}/resend`));
    await done(hub.accept(guest, invitation.id));
    expect(await hub.roleOf(guest)).toBe("owner");
    await done(hub.as("olga")(`DELETE ${ACME}/members/${guest}`));
  });

  test("an inviter who went, or cannot log in, gives nothing", async () => {
    const [gone, off, guest] = [await addOwner(), await addOwner(), await hub.addUser()];
    const first = (await hub.invite(guest, {}, gone)).invitation;
    await done(hub.as("olga")(`DELETE ${ACME}/members/${gone}`));
    expect((await hub.accept(guest, first.id)).status).toBe(404);
    const second = (await hub.invite(guest, {}, off)).invitation;
    await done(hub.root(`PATCH /api/v1/users/${off}`, { isDisabled: true }));
    expect((await hub.accept(guest, second.id)).status).toBe(409);
    await done(hub.root(`DELETE /api/v1/users/${off}`));
    expect((await hub.accept(guest, second.id)).status).toBe(404);
  });

  test("nobody invites to more than they hold, neither a role nor a team", async () => {
    const [manager, guest] = [await hub.addUser(), await hub.addUser()];
    const recruiter = { name: "recruiter", permissions: ["member.manage", "repository.pull"] };
    await done(hub.as("olga")(`POST ${ACME}/roles`, recruiter));
    await done(hub.as("olga")(`PUT ${ACME}/members/${manager}`, { role: "recruiter" }));
    const ask = (wish: object) =>
      hub.as(manager)(`POST ${INVITES}`, { invitees: [guest], ...wish });
    for (const wish of [{ role: "owner" }, { role: "contributor" }, { teams: ["builders"] }]) {
      expect((await ask(wish)).status).toBe(403);
      expect((await ask({ ...wish, dryRun: true })).status).toBe(403);
    }
    expect((await ask({ role: "no-such-role" })).status).toBe(404);
    expect((await ask({ teams: ["no-such-team"] })).status).toBe(404);
    const { body } = await done(ask({ role: "recruiter" }));
    // What the role holds later on is not what its giver held.
    const more = { permissions: ["member.manage", "repository.push"] };
    await done(
      hub.as("olga")(`POST ${ACME}/roles`, { name: "lesser", permissions: ["member.manage"] }),
    );
    await done(hub.as("olga")(`PUT ${ACME}/members/${manager}`, { role: "lesser" }));
    await done(hub.as("olga")(`PATCH ${ACME}/roles/recruiter`, more));
    expect((await hub.accept(guest, body.items[0].invitation.id)).status).toBe(409);
    const owner = (await hub.invite(await hub.addUser(), { role: "owner" })).invitation;
    expect((await hub.as(manager)(`POST ${INVITES}/${owner.id}/resend`)).status).toBe(403);
  });

  test("a team that may more by then than its inviter does is given by nobody who holds less", async () => {
    const [manager, guest] = [await hub.addUser(), await hub.addUser()];
    const olga = hub.as("olga");
    const permissions = ["member.manage", "team.manage", "repository.pull"];
    await done(olga(`POST ${ACME}/roles`, { name: "gatherer", permissions }));
    await done(olga(`PUT ${ACME}/members/${manager}`, { role: "gatherer" }));
    await done(olga(`POST ${ACME}/teams`, { name: "rising" }));
    const { invitation } = await hub.invite(guest, { teams: ["rising"] }, manager);
    const right = { team: "rising", pattern: "**", actions: ["push"] };
    await done(olga("PUT /api/v1/namespaces/acme/rights", right));
    expect((await hub.accept(guest, invitation.id)).status).toBe(409);
    expect(await hub.roleOf(guest)).toBeUndefined();
    await done(olga(`POST ${INVITES}/${invitation.id}/resend`));
    expect((await hub.accept(guest, invitation.id)).status).toBe(200);
  });

  test("whoever was taken in or sent away meanwhile gets nothing more by it", async () => {
    const guest = await hub.addUser("ida@example.com");
    const byName = (await hub.invite(guest, { role: "owner" })).invitation;
    const { handOver } = await hub.invite("ida@example.com", { role: "owner" });
    await done(hub.as("olga")(`PUT ${ACME}/members/${guest}`, { role: "member" }));
    const secret = secretIn(handOver.command);
    expect((await hub.accept(guest, byName.id)).status).toBe(404);
    await done(hub.as("olga")(`DELETE ${ACME}/members/${guest}`));
    expect((await hub.as(guest)(`POST ${OWN}`, { secret })).status).toBe(400);
    expect(await hub.roleOf(guest)).toBeUndefined();
  });
});

describe("an invitation ends", () => {
  test("with the team or the role that it promises", async () => {
    const [guest, other] = [await hub.addUser(), await hub.addUser()];
    const olga = hub.as("olga");
    await done(olga(`POST ${ACME}/teams`, { name: "short-lived" }));
    await done(olga(`POST ${ACME}/roles`, { name: "passing", permissions: ["member.read"] }));
    const withTeam = (await hub.invite(guest, { teams: ["short-lived"] })).invitation;
    const withRole = (await hub.invite(other, { role: "passing" })).invitation;
    await done(olga(`DELETE ${ACME}/teams/short-lived`));
    await done(olga(`DELETE ${ACME}/roles/passing`));
    expect((await hub.accept(guest, withTeam.id)).status).toBe(404);
    expect((await hub.accept(other, withRole.id)).status).toBe(404);
  });

  test("with its organization, which may have another name by then, and with its account", async () => {
    const [guest, gone] = [await hub.addUser(), await hub.addUser()];
    await hub.addOrganization("brief", { olga: "owner" });
    const path = "/api/v1/organizations/brief/invitations";
    const wish = { invitees: [guest, gone, "jo@example.com"] };
    const { body } = await done(hub.as("olga")(`POST ${path}`, wish));
    const [first, , third] = body.items;
    await done(hub.as("olga")("POST /api/v1/namespaces/brief/rename", { name: "renamed" }));
    expect(await hub.ownOf(guest)).toMatchObject([{ organization: "renamed" }]);
    await done(hub.root(`DELETE /api/v1/users/${gone}`));
    const left = await done(hub.as("olga")("GET /api/v1/organizations/renamed/invitations"));
    expect(left.body.items).toHaveLength(2);
    await done(hub.as("olga")("DELETE /api/v1/organizations/renamed"));
    expect((await hub.accept(guest, first.invitation.id)).status).toBe(404);
    const secret = secretIn(third.handOver.command);
    expect((await hub.as(guest)(`POST ${OWN}`, { secret })).status).toBe(400);
  });
});

test("S74: whose invitation it is not, nothing is there, by any door", async () => {
  const guest = await hub.addUser();
  const { invitation } = await hub.invite(guest);
  await hub.addOrganization("elsewhere", { stranger: "owner" });
  const { id } = invitation;
  const stranger = hub.as("stranger");
  const requests = [
    ...[`POST ${OWN}/${id}/accept`, `DELETE ${OWN}/${id}`],
    ...[`DELETE ${INVITES}/${id}`, `POST ${INVITES}/${id}/resend`, `GET ${INVITES}`],
    // The owner of another organization, with this one's id.
    `DELETE /api/v1/organizations/elsewhere/invitations/${id}`,
    `POST /api/v1/organizations/elsewhere/invitations/${id}/resend`,
    ...[`DELETE /v2/invites/${id}`, `PATCH /v2/invites/${id}/resend`],
  ];
  for (const request of requests) {
    const there = await stranger(request);
    const absent = await stranger(request.replace(id, "00000000-0000-4000-8000-000000000000"));
    expect([request, there.status, absent.status]).toEqual([request, 404, 404]);
  }
  // The invited one is not who manages it, and a member is not either.
  expect((await hub.as(guest)(`DELETE ${INVITES}/${id}`)).status).toBe(404);
  expect((await hub.as("mike")(`DELETE ${INVITES}/${id}`)).status).toBe(403);
  expect(await hub.ownOf(guest)).toHaveLength(1);
});

test("every step is in the audit trail, and members alone are told of by webhooks", async () => {
  const guest = await hub.addUser();
  const first = (await hub.invite(guest, { teams: ["builders"] })).invitation;
  await done(hub.as("olga")(`POST ${INVITES}/${first.id}/resend`));
  await done(hub.as("olga")(`DELETE ${INVITES}/${first.id}`));
  const second = (await hub.invite(guest)).invitation;
  await done(hub.as(guest)(`DELETE ${OWN}/${second.id}`));
  const third = (await hub.invite(guest, { teams: ["builders"] })).invitation;
  await done(hub.accept(guest, third.id));
  const { body } = await done(hub.root(`GET /api/v1/audit?account=acme&name=${guest}`));
  const found = body.items.map((entry: { action: string; actor: string }) => [
    entry.action,
    entry.actor,
  ]);
  expect(found.toReversed()).toEqual([
    ["org.member.invite.send", "olga"],
    ["org.member.invite.resend", "olga"],
    ["org.member.invite.cancel", "olga"],
    ["org.member.invite.send", "olga"],
    ["org.member.invite.decline", guest],
    ["org.member.invite.send", "olga"],
    ["org.member.invite.accept", guest],
    ["org.member.add", guest],
  ]);
  const events = hub.events();
  expect(events).toContain(`"action":"org.member.add"`);
  expect(events).not.toContain("org.member.invite");
});

test("more than fit are refused before the first is invited", async () => {
  await hub.addOrganization("crowd", { olga: "owner" });
  const path = "/api/v1/organizations/crowd/invitations";
  const some = (count: number, word: string) =>
    Array.from({ length: count }, (_, index) => `${word}${index}@example.com`);
  const first = await done(hub.as("olga")(`POST ${path}`, { invitees: some(998, "a") }));
  expect(first.body.items).toHaveLength(998);
  expect((await hub.as("olga")(`POST ${path}`, { invitees: some(3, "b") })).status).toBe(409);
  // Those who are invited already take no place.
  const again = { invitees: [...some(900, "a"), ...some(2, "b")] };
  await done(hub.as("olga")(`POST ${path}`, again));
  expect((await hub.as("olga")("GET /v2/orgs/crowd/invites")).body.data).toHaveLength(1000);
  expect((await hub.as("olga")(`POST ${path}`, { invitees: some(1001, "c") })).status).toBe(400);
});
