import { expect, test } from "vitest";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { HUB_URL, startMailedHub } from "../harness/mailed-hub.ts";

const HOUR = 3_600_000;
const EMAIL = "ada@example.com";
const NEXT = "an entirely new sentence";

test("a link from a mail sets a new password once, and everything logged in with the former one ends", async () => {
  await using hub = await startWithAda();
  const login = await fetch(`${hub.url}/v2/token?offline_token=true&account=ada`, {
    headers: { authorization: `Basic ${Buffer.from(`ada:${SENTENCE}`).toString("base64")}` },
  });
  const { refresh_token: refresh } = (await login.json()) as { refresh_token: string };
  const form = { grant_type: "refresh_token", client_id: "docker" };
  const isLoggedIn = async () => {
    const body = new URLSearchParams({ ...form, refresh_token: refresh });
    return (await fetch(`${hub.url}/v2/token`, { method: "POST", body })).ok;
  };
  expect(await isLoggedIn()).toBe(true);
  expect([(await hub.ask("ADA")).status, hub.errors]).toEqual([202, []]);
  const { text } = await hub.mail.receive(EMAIL);
  expect(text).toContain(`${HUB_URL}/reset?secret=`);
  const secret = await hub.secretFor(EMAIL);
  // What cannot be a password does not use the link up.
  expect((await hub.reset(secret, "short")).status).toBe(400);
  const uses = await Promise.all(Array.from({ length: 6 }, () => hub.reset(secret, NEXT)));
  expect(uses.filter(({ status }) => status === 200)).toHaveLength(1);
  expect((await hub.as("ada")("GET /v2/")).status).toBe(401);
  expect((await hub.as("ada", NEXT)("GET /v2/")).status).toBe(200);
  expect(await isLoggedIn()).toBe(false);
  const trail = JSON.stringify((await hub.root("GET /api/v1/audit")).body);
  for (const action of ["reset.request", "reset", "change"])
    expect(trail).toContain(`account.password.${action}`);
  expect(trail).not.toContain(secret);
});

test("S39: the answer is the same for names and addresses that are nobody's, and nobody is written to", async () => {
  await using hub = await startWithAda();
  await hub.addUsers("without-address");
  await done(
    hub.root("POST /api/v1/users", { name: "out", password: SENTENCE, email: "out@example.com" }),
  );
  await done(hub.root("PATCH /api/v1/users/out", { isDisabled: true }));
  const claims = ["nobody", "nobody@example.com", "without-address", "out", "a b\r\nc", EMAIL];
  const answers = await Promise.all(claims.map((claim) => hub.ask(claim)));
  expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
  expect(new Set(answers.map(({ headers }) => [...headers.keys()].join())).size).toBe(1);
  await hub.mail.receive(EMAIL);
  await done(hub.root("POST /api/v1/users/ada/password", { password: NEXT }));
  expect(hub.mail.mails.map(({ to }) => to)).toEqual([[EMAIL]]);
});

test("a link ends after an hour, with a change of the password or the address, and with the account", async () => {
  await using hub = await startWithAda();
  const ENDS: (() => Promise<unknown>)[] = [
    async () => hub.wait(HOUR),
    () => done(hub.root("POST /api/v1/users/ada/password", { password: SENTENCE })),
    () => done(hub.root("PATCH /api/v1/users/ada", { email: "moved@example.com" })),
    () => done(hub.root("POST /api/v1/users/ada/password-reset")),
    () => done(hub.root("PATCH /api/v1/users/ada", { isDisabled: true })),
    () => done(hub.root("DELETE /api/v1/users/ada")),
  ];
  for (const end of ENDS) {
    const { body } = await done(hub.root("POST /api/v1/users/ada/password-reset"));
    await end();
    expect((await hub.reset(body.secret, NEXT)).status).toBe(400);
  }
});

test("an administrator's link is shown once and works like one from a mail", async () => {
  await using hub = await startWithAda();
  const { status, body } = await hub.root("POST /api/v1/users/ada/password-reset");
  expect(status).toBe(201);
  expect(body.link).toBe(`${HUB_URL}/reset?secret=${body.secret}`);
  expect(body.command).toBe(`berth reset-password --hub ${HUB_URL} --secret ${body.secret}`);
  expect((await hub.as("ada")("POST /api/v1/users/ada/password-reset")).status).toBe(403);
  expect((await hub.reset(body.secret, NEXT)).body).toEqual({ name: "ada" });
  expect((await hub.as("ada", NEXT)("GET /v2/")).status).toBe(200);
});

test("without mail everybody is told so, whoever they ask for", async () => {
  await using hub = await startAccountsHub();
  for (const account of ["admin", "nobody"]) {
    const answer = await hub.anonymous("POST /api/v1/password-reset", { account });
    expect(answer).toMatchObject({ status: 409, body: { title: "this hub sends no mail" } });
  }
});

async function startWithAda() {
  const hub = await startMailedHub();
  await done(hub.root("POST /api/v1/users", { name: "ada", password: SENTENCE, email: EMAIL }));
  return {
    ...hub,
    ask: (account: string) => hub.anonymous("POST /api/v1/password-reset", { account }),
    reset: (secret: string, password: string) =>
      hub.anonymous("POST /api/v1/password-reset/confirm", { secret, password }),
  };
}
