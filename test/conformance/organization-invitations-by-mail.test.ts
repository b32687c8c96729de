import { expect, test } from "vitest";
import { done, SENTENCE } from "../harness/hub-api.ts";
import { HUB_URL, secretIn, startMailedHub } from "../harness/mailed-hub.ts";

const INVITES = "/api/v1/organizations/acme/invitations";
const OWN = "/api/v1/account/invitations";

async function startWithAcme(settings: Readonly<Record<string, string>> = {}) {
  const hub = await startMailedHub(settings);
  await hub.addUsers("olga");
  await hub.addOrganization("acme", { olga: "owner" });
  const invite = async (...invitees: string[]) =>
    (await done(hub.as("olga")(`POST ${INVITES}`, { invitees }))).body.items;
  return { ...hub, invite };
}

test("an address gets a link, which makes an account of a confirmed address and a member at once", async () => {
  await using hub = await startWithAcme({ "access.signUp": "invitation" });
  const [item] = await hub.invite("new@example.com");
  expect(item).toMatchObject({ status: "invited", invitation: { mail: "waiting" } });
  expect(JSON.stringify(item)).not.toContain("berth_once_");
  const { text, headers } = await hub.mail.receive("new@example.com");
  const secret = secretIn(text);
  expect(headers.subject).toBe("Invitation to acme at hub.example.com");
  expect(text).toContain(`olga invites you to the organization "acme" at ${HUB_URL}`);
  for (const line of [
    `berth account accept --hub ${HUB_URL} --secret ${secret}`,
    `${HUB_URL}/sign-up?invitation=${secret}`,
    `berth sign-up --hub ${HUB_URL} --invitation ${secret}`,
  ])
    expect(text).toContain(line);
  const wish = { name: "newcomer", password: SENTENCE, invitation: secret };
  const other = { ...wish, email: "other@example.com" };
  expect((await hub.anonymous("POST /api/v1/sign-up", other)).status).toBe(400);
  await done(hub.anonymous("POST /api/v1/sign-up", wish));
  const { body } = await done(hub.as("newcomer")("GET /api/v1/organizations/acme"));
  expect(body.name).toBe("acme");
  // The link came by mail, so the address is theirs: what others send to it is for them, too.
  await done(hub.root("POST /api/v1/organizations", { name: "second" }));
  const second = { invitees: ["new@example.com"] };
  await done(hub.root("POST /api/v1/organizations/second/invitations", second));
  expect((await hub.as("newcomer")(`GET ${OWN}`)).body.items).toHaveLength(1);
});

test("where nobody signs up, the letter is for those who have an account", async () => {
  await using hub = await startWithAcme();
  await hub.invite("new@example.com");
  const { text } = await hub.mail.receive("new@example.com");
  expect(text).not.toContain("sign-up");
  const secret = secretIn(text);
  const wish = { name: "newcomer", password: SENTENCE, invitation: secret };
  expect((await hub.anonymous("POST /api/v1/sign-up", wish)).status).toBe(403);
  await hub.addUsers("carol");
  await done(hub.as("carol")(`POST ${OWN}`, { secret }));
});

test("an account is written to at its confirmed address, without a secret", async () => {
  await using hub = await startWithAcme();
  const person = { name: "carol", password: SENTENCE, email: "carol@example.com" };
  await done(hub.root("POST /api/v1/users", person));
  await hub.addUsers("dan");
  const [carol, dan] = await hub.invite("carol", "dan");
  expect([carol.invitation.mail, dan.invitation.mail]).toEqual(["waiting", undefined]);
  const { text } = await hub.mail.receive("carol@example.com");
  expect(text).toContain(`berth account invitations --hub ${HUB_URL}`);
  expect(text).not.toContain("berth_once_");
  await done(hub.as("carol")(`POST ${OWN}/${carol.invitation.id}/accept`));
  await done(hub.as("dan")(`POST ${OWN}/${dan.invitation.id}/accept`));
});

test("S81: no mailbox is filled by inviting, cancelling and sending again", async () => {
  await using hub = await startWithAcme();
  const [{ invitation }] = await hub.invite("victim@example.com");
  const resend = () => hub.as("olga")(`POST ${INVITES}/${invitation.id}/resend`);
  const answers = [];
  for (let round = 0; round < 5; round += 1) answers.push((await resend()).status);
  expect(answers).toEqual([200, 200, 200, 200, 429]);
  await done(hub.as("olga")(`DELETE ${INVITES}/${invitation.id}`));
  const [victim, other] = await hub.invite("victim@example.com", "other@example.com");
  expect(victim).toMatchObject({ status: "invalid", why: expect.stringContaining("wait") });
  expect(other.status).toBe("invited");
  // An account that is invited by its name sees it without a letter, too.
  const named = { name: "victim", password: SENTENCE, email: "victim@example.com" };
  await done(hub.root("POST /api/v1/users", named));
  const [byName] = await hub.invite("victim");
  expect(byName).toMatchObject({ status: "invited" });
  expect(byName.invitation.mail).toBeUndefined();
  hub.wait(3_700_000);
  expect((await hub.invite("victim@example.com"))[0].status).toBe("invited");
  const lines = "victim@example.com\r\nBcc: all@example.com";
  expect((await hub.invite(lines))[0].status).toBe("invalid");
});
