import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { COMMAND_GROUPS, COMMANDS } from "../../src/app/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { findDockerCredentials } from "../../src/client/docker-credentials.ts";
import { comparisonCodeOf } from "../../src/contract/single-sign-on.ts";
import { readOtpauth } from "../harness/authenticator-app.ts";
import { Browser } from "../harness/browser.ts";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { CLIENT, startOidcProvider } from "../harness/oidc-provider.ts";
import { WanderingBrowser } from "../harness/wandering-browser.ts";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;
type Idp = Awaited<ReturnType<typeof startOidcProvider>>;

let main: Idp;
let mail: Idp;
let hub: Hub;
let number = 0;
let user = "";

const startOf = (provider: string) =>
  `${hub.url}/api/v1/login/oidc/${provider}?return=/api/v1/session`;
const callbackOf = (provider: string) => `${hub.url}/api/v1/login/oidc/${provider}/callback`;
const logIn = async (provider = "main", browser = new WanderingBrowser()) =>
  await browser.visit(startOf(provider));
const stateOf = async (name: string) => await hub.root(`GET /api/v1/users/${name}`);
const hubSaid = "urn:berth:problem:SSO_";

beforeAll(async () => {
  main = await startOidcProvider();
  mail = await startOidcProvider();
  const client = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
  const providers = [
    {
      ...client,
      name: "main",
      issuer: main.url,
      scopes: "openid profile email groups",
      groupTeams: [{ group: "team-*", team: "acme/*" }],
      auditors: ["auditors"],
    },
    { ...client, name: "mail", issuer: mail.url, linkVerifiedEmail: true, createAccounts: false },
    { ...client, name: "domain", issuer: "http://127.0.0.1:1", allowedDomains: ["example.com"] },
  ];
  hub = await startAccountsHub({ settings: { "access.oidc": JSON.stringify(providers) } });
  main.serve(callbackOf("main"));
  mail.serve(callbackOf("mail"));
  await hub.addOrganization("acme");
  await done(hub.root("POST /api/v1/organizations/acme/teams", { name: "red" }));
});
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]();
  await main?.[Symbol.asyncDispose]();
  await mail?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  number += 1;
  user = `guest${number}x`;
  main.falsifyBy(undefined);
  main.become(user, { email: `${user}@example.com`, email_verified: true });
});

describe("a login at a provider", () => {
  test("makes an account at the first time, opens a session, and goes on within the hub", async () => {
    const arrival = await logIn();
    expect(arrival).toMatchObject({
      status: 200,
      body: { name: user, session: { provedBy: "oidc" } },
    });
    expect((await stateOf(user)).body).toMatchObject({ email: `${user}@example.com` });
    expect((await logIn()).body.name).toBe(user);
    const audit = JSON.stringify((await hub.root("GET /api/v1/audit?limit=100")).body);
    expect(audit).toContain(user);
    expect(audit).not.toContain(CLIENT.secret);
    expect(hub.errors).toEqual([]);
  });

  test.each([
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "/.//evil.example",
    "x",
  ])("never goes on to another site: %s", async (address) => {
    const begin = `${hub.url}/api/v1/login/oidc/main?return=${encodeURIComponent(address)}`;
    const { url } = await new WanderingBrowser().visit(begin);
    expect(url.origin).toBe(hub.url);
  });

  test("is refused with another state, in another browser, and a second time", async () => {
    const browser = new WanderingBrowser();
    const { url } = await browser.visit(startOf("main"), callbackOf("main"));
    const other = await new WanderingBrowser().visit(url.href);
    expect(other).toMatchObject({ status: 400, body: { type: `${hubSaid}INVALID` } });
    const wrong = new URL(url);
    wrong.searchParams.set("state", "x".repeat(43));
    expect((await browser.visit(wrong.href)).body.type).toBe(`${hubSaid}REFUSED`);
    expect((await browser.visit(url.href)).body.type).toBe(`${hubSaid}INVALID`);
    expect((await stateOf(user)).status).toBe(404);

    const second = new WanderingBrowser();
    const { url: good } = await second.visit(startOf("main"), callbackOf("main"));
    expect((await second.visit(good.href)).status).toBe(200);
    expect((await second.visit(good.href)).body.type).toBe(`${hubSaid}INVALID`);
    // The code of one login in the browser of another one.
    const thief = new WanderingBrowser();
    const { url: own } = await thief.visit(startOf("main"), callbackOf("main"));
    own.searchParams.set("code", good.searchParams.get("code") ?? "");
    expect((await thief.visit(own.href)).body.type).toBe(`${hubSaid}REFUSED`);
  });

  test.each([
    ["nonce", { nonce: "of another login" }],
    ["audience", { aud: "another client" }],
    ["issuer", { iss: "https://issuer.example" }],
    ["time", { exp: 1000 }],
  ])("is refused with another %s in its token", async (_what, claims) => {
    main.falsifyBy((real) => ({ ...real, ...claims }));
    expect((await logIn()).body.type).toBe(`${hubSaid}REFUSED`);
    expect((await stateOf(user)).status).toBe(404);
  });

  test("is refused with a token that the provider did not sign", async () => {
    main.falsifyBy((real) => real, { signsWrong: true });
    expect((await logIn()).body.type).toBe(`${hubSaid}REFUSED`);
    main.falsifyBy((real) => real);
    expect((await logIn()).status).toBe(200);
  });

  test("of somebody who is disabled here is refused, and does not enable them", async () => {
    await logIn();
    await done(hub.root(`PATCH /api/v1/users/${user}`, { isDisabled: true }));
    expect(await logIn()).toMatchObject({ status: 403, body: { type: `${hubSaid}REFUSED` } });
    expect((await stateOf(user)).body.isDisabled).toBe(true);
  });

  test("while the provider is down is a 503, and one that is unknown a 404", async () => {
    main.setDown(true);
    const browser = new WanderingBrowser();
    main.setDown(false);
    const { url } = await browser.visit(startOf("main"), callbackOf("main"));
    main.setDown(true);
    expect((await browser.visit(url.href)).status).toBe(503);
    main.setDown(false);
    expect((await logIn("domain")).status).toBe(503);
    expect((await logIn("nobody")).status).toBe(404);
  });
});

describe("the account of somebody", () => {
  test("S78: is not that of another person with its name or its address, at whatever provider", async () => {
    const email = `${user}@example.com`;
    await done(hub.root("POST /api/v1/users", { name: user, password: SENTENCE, email }));
    expect(await logIn()).toMatchObject({ status: 403, body: { type: `${hubSaid}REFUSED` } });
    // At the provider that may link by address, an address that nobody proved.
    mail.become(`${user}-there`, { email, email_verified: false });
    expect((await logIn("mail")).status).toBe(403);
    expect((await hub.root(`GET /api/v1/users/${user}/identities`)).body.items).toEqual([]);
  });

  test("is linked by its verified address where the settings say so, if it is one account's alone", async () => {
    const email = `${user}@example.com`;
    await done(hub.root("POST /api/v1/users", { name: user, password: SENTENCE, email }));
    mail.become(`${user}-there`, { email, email_verified: true });
    expect((await logIn("mail")).body.name).toBe(user);
    const twin = { name: `${user}-twin`, password: SENTENCE, email };
    await done(hub.root("POST /api/v1/users", twin));
    mail.become(`${user}-third`, { email, email_verified: true });
    expect((await logIn("mail")).status).toBe(403);
  });

  test("is linked by its verified address also where somebody else claims to have it", async () => {
    const email = `${user}@example.com`;
    await hub.addUsers(`${user}-claims`);
    await done(hub.as(`${user}-claims`)("POST /api/v1/account/email", { email }));
    await done(hub.root("POST /api/v1/users", { name: user, password: SENTENCE, email }));
    mail.become(`${user}-there`, { email, email_verified: true });
    expect((await logIn("mail")).body.name).toBe(user);
    // And who claims one that nobody else has is not opened by it.
    const claimed = `${user}@example.org`;
    await done(hub.as(`${user}-claims`)("POST /api/v1/account/email", { email: claimed }));
    mail.become(`${user}-thief`, { email: claimed, email_verified: true });
    expect((await logIn("mail")).status).toBe(403);
  });

  test("is not opened by its verified address alone once it asks for a second factor", async () => {
    const email = `${user}@example.com`;
    await done(hub.root("POST /api/v1/users", { name: user, password: SENTENCE, email }));
    const browser = await new Browser(hub.url).logIn({ name: user, password: SENTENCE });
    const begun = await browser.ask("POST /api/v1/account/two-factor");
    const code = readOtpauth(begun.body.uri).codeAt(Date.now());
    await done(browser.ask("POST /api/v1/account/two-factor/confirm", { code }));
    mail.become(`${user}-there`, { email, email_verified: true });
    expect((await logIn("mail")).status).toBe(403);
    expect((await hub.root(`GET /api/v1/users/${user}/identities`)).body.items).toEqual([]);
  });

  test("is linked by its owner, unlinked again, and never left without a way in", async () => {
    await hub.addUsers(`${user}-here`);
    const browser = new WanderingBrowser();
    const login = { name: `${user}-here`, password: SENTENCE };
    expect((await browser.post(`${hub.url}/api/v1/session`, login)).status).toBe(201);
    const wish = { provider: "main", return: "/api/v1/account/identities" };
    const { body } = await browser.post(`${hub.url}/api/v1/account/identities`, wish);
    const { body: linked } = await browser.visit(body.location);
    expect(linked.items).toMatchObject([{ provider: "main", name: user, subject: user }]);
    expect((await logIn()).body.name).toBe(`${user}-here`);
    const own = `${hub.url}/api/v1/account/identities/${linked.items[0].id}`;
    expect((await browser.remove(own)).status).toBe(204);
    expect((await logIn()).body.name).toBe(user);

    const guest = new WanderingBrowser();
    await logIn("main", guest);
    const { body: mine } = await guest.visit(`${hub.url}/api/v1/account/identities`);
    const last = `${hub.url}/api/v1/account/identities/${mine.items[0].id}`;
    expect((await guest.remove(last)).body.type).toBe("urn:berth:problem:LAST_LOGIN");
    // Taken by somebody else by now.
    const again = await browser.post(`${hub.url}/api/v1/account/identities`, wish);
    expect((await browser.visit(again.body.location)).status).toBe(409);
  });

  test("cannot be linked in a browser where its owner is not logged in", async () => {
    await hub.addUsers(`${user}-here`);
    const link = await hub.as(`${user}-here`)("POST /api/v1/account/identities", {
      provider: "main",
    });
    const browser = new WanderingBrowser();
    expect((await browser.visit(link.body.location)).body.type).toBe(`${hubSaid}INVALID`);
  });
});

test("groups put people into teams and roles, and take them out again", async () => {
  const members = async () =>
    (await hub.root("GET /api/v1/organizations/acme/teams/red/members")).body.items;
  main.become(user, { groups: ["team-red", "auditors"] });
  await logIn();
  expect(await members()).toContain(user);
  expect((await stateOf(user)).body.role).toBe("auditor");
  main.become(user, {});
  await logIn();
  expect(await members()).not.toContain(user);
  expect((await stateOf(user)).body.role).toBeUndefined();
  const { items } = (await hub.root("GET /api/v1/organizations/acme/members")).body;
  expect(items.map(({ name }: { name: string }) => name)).not.toContain(user);
});

/** The person in front of the browser compares what page and terminal show, and allows it. */
async function allowIn(browser: WanderingBrowser, address: string, note: string) {
  const page = await browser.visit(address);
  const code = /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(note)?.[1] ?? "none";
  expect(page.body).toContain(`<dd>${code}</dd>`);
  return await browser.submit(CONSENT());
}

const CONSENT = () => `${hub.url}/api/v1/login/command/consent`;

/** What `berth login --sso` does, up to the address that carries the code back to it. */
function beginCommand() {
  const verifier = "v".repeat(43);
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const query = { port: "65000", challenge, state: "s".repeat(43), machine: "laptop-7" };
  const address = `${hub.url}/api/v1/login/oidc/main?${new URLSearchParams(query)}`;
  return { address, challenge, verifier };
}

test("a command gets a login only from who allowed it, on a page that says which command it is", async () => {
  const { address, challenge, verifier } = beginCommand();
  const browser = new WanderingBrowser();
  const { url, status, body } = await browser.visit(address, "http://127.0.0.1:65000");
  expect([url.href, status]).toEqual([CONSENT(), 200]);
  for (const text of [user, "laptop-7", new URL(hub.url).host, comparisonCodeOf(challenge)])
    expect(body).toContain(text);
  expect(body).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, from 127\.0\.0\.1/);
  // Another site cannot allow it for them, and another browser has nothing to allow.
  const headers = { cookie: browser.cookiesOf(hub.url), "sec-fetch-site": "cross-site" };
  expect((await fetch(CONSENT(), { method: "POST", headers })).status).toBe(403);
  expect((await new WanderingBrowser().submit(CONSENT())).body.type).toBe(`${hubSaid}INVALID`);
  const back = await browser.submit(CONSENT(), "http://127.0.0.1:65000");
  expect(back.url.searchParams.get("state")).toBe("s".repeat(43));
  expect((await browser.submit(CONSENT())).body.type).toBe(`${hubSaid}INVALID`);
  const code = back.url.searchParams.get("code");
  const redeemed = await hub.anonymous("POST /api/v1/login/command", { code, verifier });
  expect([redeemed.status, redeemed.body.user]).toEqual([201, user]);
});

test("what an identity opened ends with it, and nothing else does", async () => {
  await logIn();
  await done(hub.root(`POST /api/v1/users/${user}/password`, { password: SENTENCE }));
  const [guest, other] = [new WanderingBrowser(), new WanderingBrowser()];
  await logIn("main", guest);
  const login = { name: user, password: SENTENCE };
  expect((await other.post(`${hub.url}/api/v1/session`, login)).status).toBe(201);
  const { address, verifier } = beginCommand();
  const command = new WanderingBrowser();
  await command.visit(address);
  const { url } = await command.submit(CONSENT(), "http://127.0.0.1:65000");
  const wish = { code: url.searchParams.get("code"), verifier };
  const { secret } = (await done(hub.anonymous("POST /api/v1/login/command", wish))).body;
  const own = { label: "by hand", scopes: ["repo:read"] };
  const kept = (await done(hub.as(user)("POST /api/v1/account/tokens", own))).body.secret;
  const account = "/api/v1/account";
  expect((await guest.visit(hub.url + account)).status).toBe(200);
  expect((await hub.as(user, secret)(`GET ${account}`)).status).toBe(200);
  const [identity] = (await hub.root(`GET /api/v1/users/${user}/identities`)).body.items;
  await done(hub.root(`DELETE /api/v1/users/${user}/identities/${identity.id}`));
  expect((await guest.visit(hub.url + account)).status).toBe(401);
  expect((await hub.as(user, secret)(`GET ${account}`)).status).toBe(401);
  expect((await other.visit(hub.url + account)).status).toBe(200);
  expect((await hub.as(user, kept)(`GET ${account}`)).status).toBe(200);
});

test("berth login --sso keeps a token where docker looks for it", async () => {
  await using resources = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "berth-sso-"));
  resources.defer(() => rm(directory, { recursive: true }));
  const type = (words: string, onNote: (line: string) => void) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    stderr.setEncoding("utf8").on("data", onNote);
    const terminal = createTerminal({
      stdin: Readable.from([""]),
      stdout,
      stderr,
      environment: { DOCKER_CONFIG: directory, BERTH_URL: hub.url },
      signal: new AbortController().signal,
    });
    const program = { commands: COMMANDS, groups: COMMAND_GROUPS, terminal };
    return runProgram(program, words.split(" ")).then(async (exitCode) => {
      stdout.end();
      return { exitCode, output: await text(stdout) };
    });
  };
  let page: Promise<unknown> | undefined;
  const { host } = new URL(hub.url);
  const logInThere = () =>
    type(`login ${host} --sso main`, (note) => {
      const address = /http\S+port=\S+/.exec(note)?.[0];
      if (address !== undefined) page = allowIn(new WanderingBrowser(), address, note);
    });
  expect(await logInThere()).toMatchObject({
    exitCode: 0,
    output: `logged in to ${host} as ${user}\n`,
  });
  expect(await page).toMatchObject({ status: 200, body: expect.stringContaining("logged in") });
  const kept = await findDockerCredentials(host, directory);
  expect(kept?.password).toMatch(/^dckr_pat_/);
  expect(
    await hub.push({ name: user, password: kept?.password ?? "" }, `${user}/app:1`),
  ).toMatchObject({ status: 201 });
  // The next login on this machine takes the place of the first.
  await logInThere();
  expect((await hub.as(user, kept?.password)("GET /api/v1/account")).status).toBe(401);
  const wrong = { code: "x", verifier: "y" };
  expect((await hub.anonymous("POST /api/v1/login/command", wrong)).status).toBe(400);
  expect(await type(`login ${host} --sso`, () => undefined)).toMatchObject({ exitCode: 1 });
});
