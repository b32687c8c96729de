import { describe, expect, test } from "vitest";
import { noteSecret } from "../harness/canaries.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { HUB_URL, startMailedHub } from "../harness/mailed-hub.ts";

const HOUR = 3_600_000;
const ADA = { name: "ada", email: "Ada@example.com", password: SENTENCE };

describe("a closed hub", () => {
  test("makes no account for whoever asks, and invites nobody", async () => {
    await using hub = await startAccountsHub();
    const refused = await hub.anonymous("POST /api/v1/sign-up", ADA);
    expect(refused).toMatchObject({
      status: 403,
      body: { title: expect.stringMatching(/sign up/) },
    });
    const invitation = await hub.root("POST /api/v1/invitations", { email: ADA.email });
    expect(invitation).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining("access.signUp") },
    });
  });
});

describe("an open hub without mail", () => {
  test("makes the account at once; S73: as nothing more than a user", async () => {
    await using hub = await startAccountsHub({ settings: { "access.signUp": "open" } });
    for (const more of [{ role: "administrator" }, { id: 1 }, { isEmailConfirmed: true }]) {
      const { status } = await hub.anonymous("POST /api/v1/sign-up", { ...ADA, ...more });
      expect(status).toBe(400);
    }
    const made = await hub.anonymous("POST /api/v1/sign-up", ADA);
    expect(made).toMatchObject({ status: 201, body: { name: "ada", state: "created" } });
    expect((await hub.as("ada")("GET /api/v1/account")).body).toMatchObject({ name: "ada" });
    expect((await hub.as("ada")("GET /api/v1/users")).status).toBe(403);
    const { body } = await hub.root("GET /api/v1/users/ada");
    expect(body).toMatchObject({ email: ADA.email, isEmailConfirmed: false });
    // The address of somebody else, known or not, is answered alike.
    const again = await hub.anonymous("POST /api/v1/sign-up", { ...ADA, name: "ben" });
    expect(again).toMatchObject({ status: 201, body: { name: "ben", state: "created" } });
  });

  test("S31: gives nobody a name that is reserved, taken, or taken for another", async () => {
    await using hub = await startAccountsHub({ settings: { "access.signUp": "open" } });
    await hub.addUsers("modern");
    for (const name of ["admin", "ADMIN", "root", "library", "api", "modern", "modem", "mo-dern"]) {
      const wish = { ...ADA, name, email: `${name}@example.com` };
      const answer = await hub.anonymous("POST /api/v1/sign-up", wish);
      expect([name, answer.status]).toEqual([name, 409]);
    }
    const weak = await hub.anonymous("POST /api/v1/sign-up", { ...ADA, password: "short" });
    expect(weak.status).toBe(400);
    expect((await hub.root("GET /api/v1/account")).status).toBe(200);
  });
});

describe("an open hub with mail", () => {
  test("makes the account once its address is confirmed, and not before", async () => {
    await using hub = await startMailedHub({ "access.signUp": "open" });
    const asked = await hub.anonymous("POST /api/v1/sign-up", ADA);
    expect(asked).toMatchObject({ status: 202, body: { name: "ada", state: "unconfirmed" } });
    expect((await hub.as("ada")("GET /v2/")).status).toBe(401);
    expect((await hub.root("GET /api/v1/users/ada")).status).toBe(404);
    const { text } = await hub.mail.receive(ADA.email);
    expect(text).toContain(`${HUB_URL}/confirm?secret=`);
    const secret = await hub.secretFor(ADA.email);
    const uses = await Promise.all(
      Array.from({ length: 8 }, () => hub.anonymous("POST /api/v1/confirmations", { secret })),
    );
    expect(uses.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await hub.as("ada")("GET /v2/")).status).toBe(200);
    const { body } = await hub.root("GET /api/v1/users/ada");
    expect(body).toMatchObject({ email: ADA.email, isEmailConfirmed: true });
  });

  test("S39: answers for a known address as for an unknown one, and tells its owner alone", async () => {
    await using hub = await startMailedHub({ "access.signUp": "open" });
    const owner = { name: "ada", password: SENTENCE, email: ADA.email };
    await hub.root("POST /api/v1/users", owner);
    const known = await hub.anonymous("POST /api/v1/sign-up", { ...ADA, name: "eve" });
    const unknown = await hub.anonymous("POST /api/v1/sign-up", {
      ...ADA,
      name: "eve",
      email: "new@example.com",
    });
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect([...known.headers.keys()]).toEqual([...unknown.headers.keys()]);
    expect((await hub.mail.receive(ADA.email)).text).toContain("has an account already: ada");
    expect((await hub.mail.receive("new@example.com")).text).toContain("/confirm?secret=");
  });

  test("S81: links begin with the configured address, whatever Host is named", async () => {
    await using hub = await startMailedHub({ "access.signUp": "open" });
    const headers = { "content-type": "application/json", "x-forwarded-host": "evil.example" };
    const body = JSON.stringify(ADA);
    await fetch(`${hub.url}/api/v1/sign-up`, { method: "POST", headers, body });
    const { text } = await hub.mail.receive(ADA.email);
    expect(text).toContain(HUB_URL);
    expect(text).not.toMatch(/evil|127\.0\.0\.1/);
    const smuggled = { ...ADA, email: "a@example.com\r\nBcc: b@example.com" };
    expect((await hub.anonymous("POST /api/v1/sign-up", smuggled)).status).toBe(400);
  });

  test("nobody's mailbox is filled, and links that nobody opens end", async () => {
    await using hub = await startMailedHub({ "access.signUp": "open" });
    for (let n = 0; n < 5; n += 1) {
      expect((await hub.anonymous("POST /api/v1/sign-up", ADA)).status).toBe(202);
    }
    const shut = await hub.anonymous("POST /api/v1/sign-up", ADA);
    expect(shut.status).toBe(429);
    expect(Number(shut.headers.get("retry-after"))).toBeGreaterThan(0);
    const secret = await hub.secretFor(ADA.email);
    hub.wait(25 * HOUR);
    expect((await hub.anonymous("POST /api/v1/confirmations", { secret })).status).toBe(400);
  });
});

describe("invitations", () => {
  test("let one person in, once, with the role that they say", async () => {
    await using hub = await startMailedHub({ "access.signUp": "invitation" });
    expect((await hub.anonymous("POST /api/v1/sign-up", ADA)).status).toBe(403);
    const wish = { email: ADA.email, role: "auditor" };
    const invited = await hub.root("POST /api/v1/invitations", wish);
    expect(invited).toMatchObject({ status: 201, body: { email: "ada@example.com" } });
    expect(invited.body.handOver).toBeUndefined();
    expect((await hub.root("POST /api/v1/invitations", wish)).status).toBe(409);
    const invitation = await hub.secretFor("ada@example.com");
    const other = { ...ADA, email: "eve@example.com", invitation };
    expect((await hub.anonymous("POST /api/v1/sign-up", other)).status).toBe(400);
    const uses = await Promise.all(
      ["ada", "ben", "cid", "dot"].map((name) =>
        hub.anonymous("POST /api/v1/sign-up", { name, password: SENTENCE, invitation }),
      ),
    );
    // Whoever is late hears that the link was used, or that its address has an account by now.
    expect(uses.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
    const late = { name: "eve", password: SENTENCE, invitation };
    expect((await hub.anonymous("POST /api/v1/sign-up", late)).status).toBe(400);
    const name = uses.find(({ status }) => status === 201)?.body.name;
    const { body } = await hub.root(`GET /api/v1/users/${name}`);
    expect(body).toMatchObject({
      email: "ada@example.com",
      isEmailConfirmed: true,
      role: "auditor",
    });
    expect((await hub.root("GET /api/v1/invitations")).body.items).toEqual([]);
    const trail = JSON.stringify((await hub.root("GET /api/v1/audit")).body);
    expect(trail).toContain("invitation.accept");
    expect(trail).not.toContain(invitation);
  });

  test("end when they are withdrawn, sent again, expire, or their giver may not give the role any more", async () => {
    await using hub = await startMailedHub({ "access.signUp": "invitation" });
    const use = (name: string, invitation: string) =>
      hub.anonymous("POST /api/v1/sign-up", { name, password: SENTENCE, invitation });
    const { body } = await hub.root("POST /api/v1/invitations", { email: "a@example.com" });
    const first = await hub.secretFor("a@example.com");
    expect((await hub.root(`POST /api/v1/invitations/${body.id}/resend`)).status).toBe(200);
    const second = await hub.secretFor("a@example.com", 2);
    expect((await use("first", first)).status).toBe(400);
    expect((await hub.root(`DELETE /api/v1/invitations/${body.id}`)).status).toBe(204);
    expect((await use("second", second)).status).toBe(400);
    await hub.root("POST /api/v1/invitations", { email: "b@example.com" });
    const late = await hub.secretFor("b@example.com");
    hub.wait(8 * 24 * HOUR);
    expect((await use("late", late)).status).toBe(400);
    await hub.root("POST /api/v1/users", {
      name: "boss",
      password: SENTENCE,
      role: "administrator",
    });
    const role = "administrator";
    await hub.as("boss")("POST /api/v1/invitations", { email: "c@example.com", role });
    const backdoor = await hub.secretFor("c@example.com");
    await hub.root("PATCH /api/v1/users/boss", { isDisabled: true });
    expect((await use("backdoor", backdoor)).status).toBe(400);
  });

  test("without mail are handed over: shown once, by secret and command", async () => {
    await using hub = await startAccountsHub({ settings: { "access.signUp": "invitation" } });
    const { body } = await hub.root("POST /api/v1/invitations", { email: ADA.email });
    const { secret, link, command } = body.handOver;
    // A hub that was not told its address knows no link to itself, and takes none from a request.
    expect(link).toBeUndefined();
    expect(command).toBe(`berth sign-up --invitation ${secret}`);
    expect(JSON.stringify((await hub.root("GET /api/v1/invitations")).body)).not.toContain(secret);
    const wish = { name: "ada", password: SENTENCE, invitation: secret };
    expect((await hub.anonymous("POST /api/v1/sign-up", wish)).status).toBe(201);
    expect((await hub.as("ada")("GET /v2/")).status).toBe(200);
  });
});

test("another address is in force once its mail was opened, and the former one is told", async () => {
  await using hub = await startMailedHub();
  await hub.root("POST /api/v1/users", { name: "ada", password: SENTENCE, email: ADA.email });
  const change = { email: "new@example.com" };
  const asked = await hub.as("ada")("POST /api/v1/account/email", change);
  expect(asked).toMatchObject({ status: 200, body: { state: "unconfirmed" } });
  expect((await hub.root("GET /api/v1/users/ada")).body.email).toBe(ADA.email);
  const secret = await hub.secretFor("new@example.com");
  expect((await hub.anonymous("POST /api/v1/confirmations", { secret })).status).toBe(200);
  const { body } = await hub.root("GET /api/v1/users/ada");
  expect(body).toMatchObject({ ...change, isEmailConfirmed: true });
  expect((await hub.mail.receive(ADA.email)).text).toContain("has another address now");
});

test("a link to another address ends with the password of whoever asked for it", async () => {
  await using hub = await startMailedHub();
  await hub.root("POST /api/v1/users", { name: "ada", password: SENTENCE, email: ADA.email });
  await done(hub.as("ada")("POST /api/v1/account/email", { email: "thief@example.com" }));
  const secret = await hub.secretFor("thief@example.com");
  await done(hub.root("POST /api/v1/users/ada/password", { password: "an entirely new sentence" }));
  expect((await hub.anonymous("POST /api/v1/confirmations", { secret })).status).toBe(400);
  expect((await hub.root("GET /api/v1/users/ada")).body.email).toBe(ADA.email);
});

test("the address of a letter's link answers with the command, and repeats nothing", async () => {
  await using hub = await startMailedHub();
  const secret = "berth_once_of-nobody-but-in-the-address-of-requests";
  noteSecret(secret);
  for (const page of ["/sign-up?invitation=", "/confirm?secret=", "/reset?secret="]) {
    const path = page + secret;
    const answer = await fetch(hub.url + path);
    const text = await answer.text();
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      "text/plain; charset=utf-8",
    ]);
    expect(text).toContain(`--hub ${HUB_URL}`);
    expect(text).not.toContain(secret);
  }
  expect((await hub.as(ROOT.name, ROOT.password)("GET /v2/")).status).toBe(200);
});
