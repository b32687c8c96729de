import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readOtpauth } from "../harness/authenticator-app.ts";
import { Browser } from "../harness/browser.ts";
import { done, push, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { startWithTerminal } from "../harness/hub-terminal.ts";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;

const PATH = "/api/v1/account/two-factor";
const STEP = 30_000;
const owed = (place: string, name: string) =>
  `${place} asks for two-factor login, which is off for ${name}. Turn it on: berth account two-factor enable; then log in anew`;

let now = Date.now();

function startDutiful(policy: string): Promise<Hub> {
  const settings = { "access.twoFactor": policy };
  return startAccountsHub({ settings, clock: () => new Date(now) });
}

/** Turns it on, as somebody does with a phone in hand. */
async function enrol(hub: Hub, user: { name: string; password: string }): Promise<Browser> {
  const browser = await new Browser(hub.url).logIn(user);
  const begun = await browser.ask(`POST ${PATH}`);
  expect(begun.status).toBe(201);
  now += STEP;
  const code = readOtpauth(begun.body.uri).codeAt(now);
  expect((await browser.ask(`POST ${PATH}/confirm`, { code })).status).toBe(200);
  return browser;
}

/** What docker asks for at a login. */
async function logInLikeDocker(hub: Hub, name: string, password: string) {
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  const response = await fetch(`${hub.url}/token?account=${name}&offline_token=true`, {
    headers: { authorization },
  });
  const body = (await response.json()) as { errors?: { message: string }[] };
  return { status: response.status, message: body.errors?.[0]?.message };
}

describe("a hub that asks everybody", () => {
  let hub: Hub;
  let root: Browser;

  beforeAll(async () => {
    hub = await startDutiful("required");
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  test("lets its first administrator do nothing but turn it on, and then everything", async () => {
    const bare = await new Browser(hub.url).logIn(ROOT);
    const refused = await bare.ask("GET /api/v1/users");
    expect([refused.status, refused.body.type, refused.body.detail]).toEqual([
      403,
      "urn:berth:problem:TWO_FACTOR_OWED",
      owed("this hub", "admin"),
    ]);
    root = await enrol(hub, ROOT);
    for (const name of ["alice", "bob"])
      await done(root.ask("POST /api/v1/users", { name, password: SENTENCE }));
    await done(root.ask("POST /api/v1/organizations", { name: "acme" }));
    await done(root.ask("PUT /api/v1/organizations/acme/members/alice", { role: "owner" }));
  });

  test("refuses docker's login by the password alone, and says what to do", async () => {
    expect(await logInLikeDocker(hub, "bob", SENTENCE)).toEqual({
      status: 401,
      message: owed("this hub", "bob"),
    });
    // Whoever does not know the password is told nothing.
    const { message } = await logInLikeDocker(hub, "bob", "wrong");
    expect(message).not.toContain("two-factor");
    const basic = await hub.as("bob")("GET /v2/");
    expect([basic.status, basic.body.errors[0].message]).toEqual([403, owed("this hub", "bob")]);
    expect(await push(hub.url, { name: "bob", password: SENTENCE }, "bob/app:1")).toMatchObject({
      message: owed("this hub", "bob"),
    });
  });

  test("keeps open what it takes to turn it on, and nothing else that is somebody's", async () => {
    const bob = hub.as("bob");
    for (const open of [`GET ${PATH}`, "GET /api/v1/account", "GET /api/v1/account/sessions"])
      expect([open, (await bob(open)).status]).toEqual([open, 200]);
    const token = { label: "ci", scopes: ["repo:admin"] };
    for (const [shut, body] of [
      ["POST /api/v1/account/tokens", token],
      ["GET /api/v1/account/tokens", undefined],
      ["POST /api/v1/account/email", { email: "bob@example.com" }],
      ["GET /api/v1/organizations", undefined],
    ] as const) {
      const { status, body: answer } = await bob(shut, body);
      expect([shut, status, answer.detail]).toEqual([shut, 403, owed("this hub", "bob")]);
    }
  });

  test("lets them in once they have it, and their tokens live and die with it", async () => {
    const alice = await enrol(hub, { name: "alice", password: SENTENCE });
    const wish = { label: "ci", scopes: ["repo:admin"] };
    const { secret } = (await done(alice.ask("POST /api/v1/account/tokens", wish))).body;
    const token = { name: "alice", password: secret };
    expect((await push(hub.url, token, "alice/app:1")).status).toBe(201);
    expect((await logInLikeDocker(hub, "alice", secret)).status).toBe(200);
    const robot = {
      label: "builder",
      resources: [{ repositories: "acme/*", actions: ["pull", "push"] }],
    };
    const made = await done(root.ask("POST /api/v1/organizations/acme/robots", robot));
    const { secret: robots } = made.body;
    // An administrator takes it away from who lost the phone: they have to turn it on anew.
    await done(root.ask("DELETE /api/v1/users/alice/two-factor"));
    expect(await logInLikeDocker(hub, "alice", secret)).toEqual({
      status: 401,
      message: owed("this hub", "alice"),
    });
    expect((await push(hub.url, token, "alice/app:2")).message).toBe(owed("this hub", "alice"));
    // Robots are not asked.
    const builder = { name: "acme+builder", password: robots };
    expect((await push(hub.url, builder, "acme/app:1")).status).toBe(201);
  });
});

test("a hub that asks its administrators takes their role away until they have it, and asks nobody else", async () => {
  await using hub = await startDutiful("administrators");
  const root = await enrol(hub, ROOT);
  for (const [name, role] of [
    ["second", "administrator"],
    ["carol", undefined],
  ] as const) {
    const wish = { name, password: SENTENCE, ...(role && { role }) };
    await done(root.ask("POST /api/v1/users", wish));
  }
  const carol = { name: "carol", password: SENTENCE };
  expect((await push(hub.url, carol, "carol/app:1")).status).toBe(201);
  expect(await logInLikeDocker(hub, "carol", SENTENCE)).toMatchObject({ status: 200 });
  expect((await logInLikeDocker(hub, "second", SENTENCE)).message).toBe(owed("this hub", "second"));
  expect((await hub.as("second")("GET /v2/carol/app/manifests/1")).status).not.toBe(200);
  expect((await hub.as("second")("GET /api/v1/users")).body.detail).toBe(
    owed("this hub", "second"),
  );
  const second = await enrol(hub, { name: "second", password: SENTENCE });
  expect((await second.ask("GET /api/v1/users")).status).toBe(200);
});

describe("an organization that asks its people", () => {
  const ORGANIZATION = "/api/v1/organizations/acme/two-factor";
  let hub: Awaited<ReturnType<typeof startWithTerminal>>;
  let olivia: Browser;
  let token = "";

  beforeAll(async () => {
    hub = await startWithTerminal({ clock: () => new Date(now) });
    await hub.addUsers("olivia", "bob", "carol", "eve");
    await hub.addOrganization("acme", { olivia: "owner", bob: "contributor" });
    await push(hub.url, ROOT, "acme/api:1");
    const right = { account: "carol", repository: "acme/api", actions: ["push"] };
    await done(hub.root("PUT /api/v1/namespaces/acme/rights", right));
    const wish = { label: "ci", scopes: ["repo:admin"] };
    token = (await done(hub.as("bob")("POST /api/v1/account/tokens", wish))).body.secret;
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  test("is not shut by an owner who would be left outside", async () => {
    const refused = await hub.as("olivia")(`PUT ${ORGANIZATION}`, { required: true });
    expect([refused.status, refused.body.detail]).toEqual([
      403,
      "turn it on for yourself first: berth account two-factor enable",
    ]);
    olivia = await enrol(hub, { name: "olivia", password: SENTENCE });
    const asked = await done(olivia.ask(`PUT ${ORGANIZATION}`, { required: true }));
    expect(asked.body).toEqual({ required: true, without: ["admin", "bob"] });
    const { body } = await done(hub.root("GET /api/v1/audit?action=org.settings.update"));
    expect(body.items[0]).toMatchObject({
      before: '{"asksTwoFactor":false}',
      after: '{"asksTwoFactor":true}',
    });
  });

  test("gives members, collaborators and their tokens nothing until they have it", async () => {
    const said = owed("acme", "bob");
    for (const password of [SENTENCE, token]) {
      const bob = { name: "bob", password };
      expect((await push(hub.url, bob, "acme/api:2")).message).toBe(said);
      // The same of what does not exist.
      expect((await push(hub.url, bob, "acme/nothing:2")).message).toBe(said);
      expect((await push(hub.url, bob, "bob/own:1")).status).toBe(201);
    }
    const carol = { name: "carol", password: SENTENCE };
    expect((await push(hub.url, carol, "acme/api:2")).message).toBe(owed("acme", "carol"));
    for (const line of ["GET /api/v1/organizations/acme", "GET /api/v1/repositories/acme/api"]) {
      const { status, body } = await hub.as("bob")(line);
      expect([line, status, body.detail]).toEqual([line, 403, said]);
    }
    const seen = await done(hub.as("bob")("GET /api/v1/repositories"));
    expect(JSON.stringify(seen.body)).not.toContain("acme/api");
  });

  test("tells strangers nothing of it, and does not ask administrators of the hub", async () => {
    const eve = { name: "eve", password: SENTENCE };
    expect((await push(hub.url, eve, "acme/api:2")).message).not.toContain("two-factor");
    expect((await hub.as("eve")("GET /api/v1/repositories/acme/api")).status).toBe(404);
    expect((await hub.as("eve")(`GET ${ORGANIZATION}`)).status).toBe(404);
    expect((await hub.root("GET /api/v1/organizations/acme")).status).toBe(200);
  });

  test("gives back what they had once they have it, and to all once it asks no more", async () => {
    const bob = await enrol(hub, { name: "bob", password: SENTENCE });
    expect((await bob.ask("GET /api/v1/organizations/acme")).status).toBe(200);
    expect((await push(hub.url, { name: "bob", password: token }, "acme/api:3")).status).toBe(201);
    const carol = { name: "carol", password: SENTENCE };
    expect(await hub.type("org two-factor acme --required no")).toContain("optional");
    expect((await push(hub.url, carol, "acme/api:4")).status).toBe(201);
  });
});
