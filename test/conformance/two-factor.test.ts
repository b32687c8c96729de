import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readOtpauth } from "../harness/authenticator-app.ts";
import { Browser } from "../harness/browser.ts";
import { done, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;

const PATH = "/api/v1/account/two-factor";
const SAID = "two-factor login is on for this account: log in with a personal access token";
const STEP = 30_000;

let hub: Hub;
let now = Date.now();
let made = 0;

beforeAll(async () => {
  hub = await startAccountsHub({ clock: () => new Date(now) });
});
afterAll(() => hub[Symbol.asyncDispose]());

/** Somebody new. */
async function person(): Promise<{ name: string; browser: Browser }> {
  made += 1;
  const name = `person${String.fromCharCode(...[...String(made)].map((digit) => 97 + Number(digit)))}`;
  await hub.addUsers(name);
  return { name, browser: await new Browser(hub.url).logIn({ name, password: SENTENCE }) };
}

/** Somebody new who has turned it on, with what they wrote down. Each code that they read is another one. */
async function careful() {
  const { name, browser } = await person();
  const begun = await browser.ask(`POST ${PATH}`);
  const app = readOtpauth(begun.body.uri);
  const code = () => {
    now += STEP;
    return app.codeAt(now);
  };
  const answer = await browser.ask(`POST ${PATH}/confirm`, { code: code() });
  expect(answer.status).toBe(200);
  return { name, browser, code, begun: begun.body, codes: answer.body.recoveryCodes as string[] };
}

function logIn(name: string, code?: string, password: string = SENTENCE) {
  const body = { name, password, ...(code === undefined ? {} : { code }) };
  return new Browser(hub.url).ask("POST /api/v1/session", body);
}

function basic(name: string, password: string = SENTENCE): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

describe("two-factor login", () => {
  test("is on once a code of the app is shown, and not before", async () => {
    const { name, browser } = await person();
    expect((await browser.ask(`GET ${PATH}`)).body).toEqual({ isOn: false, recoveryCodesLeft: 0 });
    const { status, body } = await browser.ask(`POST ${PATH}`);
    expect(status).toBe(201);
    expect(body.uri).toContain(`secret=${body.secret}&issuer=127.0.0.1%3A`);
    expect((await logIn(name)).status).toBe(201);
    const app = readOtpauth(body.uri);
    const wrong = await browser.ask(`POST ${PATH}/confirm`, { code: app.codeAt(now - 10 * STEP) });
    expect(wrong.body.type).toBe("urn:berth:problem:CODE_WRONG");
    const right = await browser.ask(`POST ${PATH}/confirm`, { code: app.codeAt(now) });
    expect(right.body.recoveryCodes).toHaveLength(10);
    expect(new Set(right.body.recoveryCodes).size).toBe(10);
    expect((await browser.ask(`GET ${PATH}`)).body).toMatchObject({
      isOn: true,
      recoveryCodesLeft: 10,
    });
    expect((await browser.ask(`POST ${PATH}`)).body.type).toBe("urn:berth:problem:TWO_FACTOR_ON");
    const seen = await hub.root(`GET /api/v1/users/${name}`);
    expect(seen.body.hasTwoFactor).toBe(true);
  });

  test("asks for the code only whoever knows the password", async () => {
    const { name, code } = await careful();
    const { name: other } = await person();
    const asked = await logIn(name);
    expect(asked.status).toBe(401);
    expect(asked.body.type).toBe("urn:berth:problem:TWO_FACTOR_REQUIRED");
    const answers = [];
    for (const user of [name, other, "nobody-at-all"]) {
      const { status, body } = await logIn(user, "123456", "wrong");
      answers.push({ status, ...body, requestId: "" });
    }
    expect(answers[0].type).toBe("urn:berth:problem:UNAUTHORIZED");
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    const wrong = await logIn(name, "not the code");
    expect(wrong.body.detail).toBe("the code is wrong, or was used already");
    const right = await logIn(name, code());
    expect(right.status).toBe(201);
    expect(right.body.session.provedBy).toBe("password and code");
  });

  test("S56: a code is good once, also for many who come at the same moment", async () => {
    const { name, code, codes } = await careful();
    for (const shown of [code(), codes[0] ?? ""]) {
      const all = await Promise.all(Array.from({ length: 8 }, () => logIn(name, shown)));
      const statuses = all.map(({ status }) => status);
      expect(statuses.filter((status) => status === 201)).toHaveLength(1);
      expect((await logIn(name, shown)).status).toBe(401);
      now += 6 * 60_000;
    }
    const before = code();
    expect((await logIn(name, code())).status).toBe(201);
    // One that was shown before it, and not used, is over as well.
    expect((await logIn(name, before)).status).toBe(401);
  });

  test("S56: by Basic neither the password nor a code helps, on any door, and docker is told why", async () => {
    const { name, code, codes } = await careful();
    for (const password of [SENTENCE, `${SENTENCE}${code()}`, code(), codes[0] ?? ""]) {
      const isPassword = password === SENTENCE;
      const headers = { authorization: basic(name, password) };
      const registry = await new Browser(hub.url).ask("GET /v2/", undefined, headers);
      expect(registry.status).toBe(401);
      expect(registry.headers.get("www-authenticate")).toContain('error="invalid_token"');
      expect(registry.body.errors[0].message === SAID).toBe(isPassword);
      const get = await new Browser(hub.url).ask("GET /v2/token?service=berth", undefined, headers);
      expect(get.status).toBe(401);
      expect(get.body.errors[0].message === SAID).toBe(isPassword);
      const form = new URLSearchParams({ grant_type: "password", username: name, password });
      const post = await fetch(`${hub.url}/token`, { method: "POST", body: form });
      expect(post.status).toBe(401);
      expect((await post.text()).includes(SAID)).toBe(isPassword);
      const api = await hub.as(name, password)("GET /api/v1/account");
      expect(api.status).toBe(401);
      expect(api.body.detail === SAID).toBe(isPassword);
      now += 6 * 60_000;
    }
  });

  test("leaves tokens alone, and ends what the password left on machines and other browsers", async () => {
    const { name, browser } = await person();
    const other = await new Browser(hub.url).logIn({ name, password: SENTENCE });
    const wish = { label: "docker", scopes: ["repo:write"] };
    const { body: token } = await done(hub.as(name)("POST /api/v1/account/tokens", wish));
    const lasting = await refreshTokenOf(name, SENTENCE);
    const byToken = await refreshTokenOf(name, token.secret);
    const hubLogin = await hub.anonymous("POST /v2/users/login", {
      username: name,
      password: SENTENCE,
    });
    const app = readOtpauth((await browser.ask(`POST ${PATH}`)).body.uri);
    await done(browser.ask(`POST ${PATH}/confirm`, { code: app.codeAt(now) }));
    expect((await browser.ask("GET /api/v1/session")).status).toBe(200);
    expect((await other.ask("GET /api/v1/session")).status).toBe(401);
    expect(await refreshes(lasting)).toBe(401);
    expect(await refreshes(byToken)).toBe(200);
    expect((await hub.push({ name, password: token.secret }, `${name}/app:1`)).status).toBe(201);
    const bearer = { authorization: `Bearer ${hubLogin.body.token}` };
    const old = await new Browser(hub.url).ask("GET /api/v1/account", undefined, bearer);
    expect(old.status).toBe(401);
  });

  test("of Docker Hub's API takes the code in a second step", async () => {
    const { name, code } = await careful();
    const credentials = { username: name, password: SENTENCE };
    const first = await hub.anonymous("POST /v2/users/login", credentials);
    expect(first.status).toBe(401);
    const { login_2fa_token, detail } = first.body;
    expect(detail).toBe("Require secondary authentication on MFA enabled account");
    const half = { authorization: `Bearer ${login_2fa_token}` };
    expect((await new Browser(hub.url).ask("GET /v2/access-tokens", undefined, half)).status).toBe(
      401,
    );
    const wrong = await hub.anonymous("POST /v2/users/2fa-login", {
      login_2fa_token,
      code: "000000",
    });
    expect(wrong.status).toBe(401);
    const shown = code();
    const second = await hub.anonymous("POST /v2/users/2fa-login", {
      login_2fa_token,
      code: shown,
    });
    expect(second.status).toBe(200);
    const whole = { authorization: `Bearer ${second.body.token}` };
    expect((await new Browser(hub.url).ask("GET /v2/access-tokens", undefined, whole)).status).toBe(
      200,
    );
    const again = await hub.anonymous("POST /v2/users/2fa-login", { login_2fa_token, code: shown });
    expect(again.status).toBe(401);
    // A whole login is no half one, nor is a token that somebody made up.
    const forged = { login_2fa_token: second.body.token, code: code() };
    expect((await hub.anonymous("POST /v2/users/2fa-login", forged)).status).toBe(401);
    const wish = { identifier: name, secret: SENTENCE };
    const auth = await hub.anonymous("POST /v2/auth/token", wish);
    expect(auth.status).toBe(401);
    expect(auth.body.detail).toBe(SAID);
  });

  test("is turned off only with a code, of the app or of the list", async () => {
    const { name, browser, code, codes } = await careful();
    expect((await browser.ask(`DELETE ${PATH}`, { code: "000000" })).body.type).toBe(
      "urn:berth:problem:CODE_WRONG",
    );
    expect((await browser.ask(`DELETE ${PATH}`, { code: codes[3]?.toUpperCase() })).status).toBe(
      204,
    );
    expect((await logIn(name)).status).toBe(201);
    expect((await hub.as(name)("GET /api/v1/account")).status).toBe(200);
    expect((await browser.ask(`DELETE ${PATH}`, { code: code() })).body.type).toBe(
      "urn:berth:problem:TWO_FACTOR_OFF",
    );
  });

  test("has recovery codes that can be made anew, and then the former ones are worth nothing", async () => {
    const { name, browser, code, codes } = await careful();
    const renewed = await browser.ask(`POST ${PATH}/recovery-codes`, { code: code() });
    expect(renewed.body.recoveryCodes).toHaveLength(10);
    expect((await logIn(name, codes[0])).status).toBe(401);
    expect((await logIn(name, renewed.body.recoveryCodes[0])).status).toBe(201);
    expect((await browser.ask(`GET ${PATH}`)).body.recoveryCodesLeft).toBe(9);
    const trail = await hub.root(`GET /api/v1/audit?account=${name}`);
    const actions = trail.body.items.map(({ action }: { action: string }) => action);
    for (const word of ["enable", "recovery_codes.renew", "recovery_code.use"])
      expect(actions).toContain(`account.two_factor.${word}`);
  });

  test("is reset by an administrator, and by nobody else; sessions end with it", async () => {
    const { name, browser } = await careful();
    const { browser: stranger } = await person();
    const path = `/api/v1/users/${name}/two-factor`;
    expect((await stranger.ask(`DELETE ${path}`)).status).toBe(403);
    await done(hub.root(`DELETE ${path}`));
    expect((await browser.ask("GET /api/v1/session")).status).toBe(401);
    expect((await logIn(name)).status).toBe(201);
    const trail = await hub.root(
      `GET /api/v1/audit?account=${name}&action=account.two_factor.reset`,
    );
    expect(trail.body.items).toHaveLength(1);
  });

  test("makes a browser confirm with a code, not with the password", async () => {
    const { browser, code } = await careful();
    now += 20 * 60_000;
    const wish = { label: "x", scopes: ["repo:read"] };
    const create = () => browser.ask("POST /api/v1/account/tokens", wish);
    expect((await create()).body.type).toBe("urn:berth:problem:CONFIRM_REQUIRED");
    const confirm = (body: object) => browser.ask("POST /api/v1/session/confirm", body);
    expect((await confirm({ password: SENTENCE })).status).toBe(403);
    expect((await create()).status).toBe(403);
    expect((await confirm({ code: code() })).status).toBe(204);
    expect((await create()).status).toBe(201);
    const change = { current: SENTENCE, next: "another sentence, long enough" };
    expect((await browser.ask("POST /api/v1/account/password", change)).status).toBe(204);
  });

  test("counts wrong codes, and whoever knows the password cannot start the count anew with it", async () => {
    const { name, code } = await careful();
    for (let round = 0; round < 10; round += 1) {
      expect((await logIn(name)).status).toBe(401);
      expect((await logIn(name, "000000")).status).toBe(401);
    }
    expect((await logIn(name, code())).status).toBe(429);
    now += 6 * 60_000;
    expect((await logIn(name, code())).status).toBe(201);
  });

  test("counts wrong codes also when a token is shown in between", async () => {
    const { name, browser, code } = await careful();
    const wish = { label: "ci", scopes: ["repo:read"] };
    const { secret } = (await done(browser.ask("POST /api/v1/account/tokens", wish))).body;
    for (let round = 0; round < 10; round += 1) {
      expect((await logIn(name, "000000")).status).toBe(401);
      expect((await hub.as(name, secret)("GET /api/v1/account")).status).toBe(200);
    }
    expect((await logIn(name, code())).status).toBe(429);
  });

  test("S94: of secret and recovery codes nothing can be read in the database", async () => {
    const { begun, codes } = await careful();
    const dump = hub.dump();
    const key = await readFile(join(hub.dataDirectory, "sealing.keys"), "utf8");
    const bytes = begun.secret;
    for (const text of [
      bytes,
      ...codes,
      codes[0]?.replaceAll("-", "") ?? "",
      key.split(" ")[1] ?? "",
    ])
      expect(dump.includes(text.trim())).toBe(false);
  });

  test("S73: nothing can be slipped in beside the code", async () => {
    const { browser, code } = await careful();
    for (const extra of [{ accountId: 1 }, { name: "admin" }, { isOn: false }])
      expect((await browser.ask(`DELETE ${PATH}`, { code: code(), ...extra })).status).toBe(400);
  });
});

/** What `docker login` keeps. */
async function refreshTokenOf(name: string, password: string): Promise<string> {
  const answer = await fetch(`${hub.url}/v2/token?service=berth&offline_token=true`, {
    headers: { authorization: basic(name, password) },
  });
  const { refresh_token } = (await answer.json()) as { refresh_token: string };
  expect(refresh_token).toMatch(/^berth_rt_/);
  return refresh_token;
}

async function refreshes(token: string): Promise<number> {
  const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token: token });
  return (await fetch(`${hub.url}/token`, { method: "POST", body: form })).status;
}
