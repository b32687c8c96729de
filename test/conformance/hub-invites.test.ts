import { afterAll, beforeAll, expect, test } from "vitest";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { secretIn } from "../harness/mailed-hub.ts";

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let olga: ReturnType<typeof hub.as>;

beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("olga", "mike", "carol", "dan");
  await hub.addOrganization("acme", { olga: "owner", mike: "member" });
  await done(hub.root("DELETE /api/v1/organizations/acme/members/admin"));
  olga = hub.as("olga");
  await done(olga("POST /v2/orgs/acme/groups", { name: "builders" }));
});
afterAll(() => hub[Symbol.asyncDispose]());

test("people are invited in bulk, listed, sent to again and cancelled as on Docker Hub", async () => {
  const invitees = ["carol", "mike", "new@example.com", "no-such-account"];
  const wish = { org: "acme", team: "builders", role: "editor", invitees };
  const dry = await done(olga("POST /v2/invites/bulk", { ...wish, dry_run: true }));
  expect(dry).toMatchObject({ status: 202 });
  expect(dry.body).toEqual({
    invitees: [
      { invitee: "carol", status: "invited" },
      { invitee: "mike", status: "existing_org_member" },
      { invitee: "new@example.com", status: "invited" },
      { invitee: "no-such-account", status: "invalid_email_or_docker_id" },
    ],
  });
  expect((await done(olga("GET /v2/orgs/acme/invites/"))).body).toEqual({ data: [] });
  const { status, body } = await done(olga("POST /v2/invites/bulk/", wish));
  const [carol, , address] = body.invitees;
  expect([status, body.invitees.length]).toEqual([202, 4]);
  expect(carol.invite).toEqual({
    ...{ id: carol.invite.id, inviter_username: "olga", invitee: "carol", org: "acme" },
    ...{ team: "builders", role: "editor", created_at: expect.stringMatching(/^\d{4}-/) },
  });
  const { data } = (await done(olga("GET /v2/orgs/acme/invites"))).body;
  expect(data).toHaveLength(2);
  expect(data).toContainEqual(carol.invite);
  const again = await done(olga("POST /v2/invites/bulk", wish));
  expect(again.body.invitees[0]).toEqual({
    ...{ invitee: "carol", status: "invited", invite: carol.invite },
  });
  // No mail, so the link is in the answer, which Docker Hub's has no place for.
  const former = secretIn(address.hand_over.command);
  expect((await olga(`PATCH /v2/invites/${carol.invite.id}/resend`)).status).toBe(204);
  const sent = await done(olga(`PATCH /v2/invites/${address.invite.id}/resend`));
  const secret = secretIn(sent.body.hand_over.command);
  expect(secret).not.toBe(former);
  expect((await olga(`DELETE /v2/invites/${address.invite.id}`)).status).toBe(204);
  expect((await olga(`DELETE /v2/invites/${address.invite.id}`)).status).toBe(404);
  const dan = hub.as("dan");
  expect((await dan("POST /api/v1/account/invitations", { secret })).status).toBe(400);
  await done(hub.as("carol")(`POST /api/v1/account/invitations/${carol.invite.id}/accept`));
  expect((await done(olga("GET /v2/orgs/acme/members?search=carol"))).body.results).toMatchObject([
    { username: "carol", role: "Editor", groups: ["builders"], type: "User" },
  ]);
});

test("whoever is invited is in the list of members when they are asked for", async () => {
  const ask = async (query: string) => {
    const { body } = await done(olga(`GET /v2/orgs/acme/members?${query}`));
    return [body.count, body.results.map((one: { type: string }) => one.type)];
  };
  const before = (await ask(""))[0];
  const wish = { org: "acme", role: "owner", invitees: ["dan", "z@example.com"] };
  await done(olga("POST /v2/invites/bulk", wish));
  expect((await ask(""))[0]).toBe(before);
  expect((await ask("type=member&invites=true"))[0]).toBe(before);
  expect(await ask("type=invitee")).toEqual([2, ["Invitee", "Invitee"]]);
  expect((await ask("type=all"))[0]).toBe(before + 2);
  expect((await ask("invites=true"))[0]).toBe(before + 2);
  expect(await ask(`type=all&page_size=2&page=${Math.floor((before + 2) / 2)}`)).toMatchObject([
    before + 2,
    expect.arrayContaining(["Invitee"]),
  ]);
  expect(await ask("type=all&search=z%40EXAMPLE")).toEqual([1, ["Invitee"]]);
  expect(await ask("type=invitee&role=member")).toEqual([0, []]);
  const { body } = await done(olga("GET /v2/orgs/acme/members?type=invitee&search=dan"));
  expect(body.results).toMatchObject([
    { username: "dan", email: "", role: "Owner", type: "Invitee", groups: [] },
  ]);
  const csv = String((await done(olga("GET /v2/orgs/acme/members/export"))).body);
  expect(csv).toMatch(/^,,z@example\.com,Invitee,Owner,,\d{4}-/m);
  // Addresses of strangers are for those who manage the people.
  const mike = hub.as("mike", SENTENCE);
  expect((await mike("GET /v2/orgs/acme/members")).status).toBe(200);
  for (const query of ["type=invitee", "type=all", "invites=true"])
    expect((await mike(`GET /v2/orgs/acme/members?${query}`)).status).toBe(403);
});

test("a bulk that cannot be is refused in Docker Hub's shape", async () => {
  const wish = { org: "acme", invitees: ["dan"] };
  const ask = (more: object) => olga("POST /v2/invites/bulk", { ...wish, ...more });
  expect(await ask({ team: "no-such-team" })).toMatchObject({
    status: 404,
    body: { detail: "object not found" },
  });
  expect((await ask({ role: "emperor" })).status).toBe(400);
  expect((await ask({ org: "no-such-org" })).status).toBe(404);
  expect((await hub.as("mike")("POST /v2/invites/bulk", wish)).status).toBe(403);
  const many = Array.from({ length: 1001 }, (_, index) => `a${index}@example.com`);
  expect((await ask({ invitees: many })).status).toBe(400);
});
