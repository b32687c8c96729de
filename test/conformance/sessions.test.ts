import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser } from "../harness/browser.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const OTHER = "another sentence, long enough";
const EVIL = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };

let hub: Hub;
let now = Date.now();
let made = 0;

beforeAll(async () => {
  hub = await startAccountsHub({ clock: () => new Date(now) });
});
afterAll(() => hub[Symbol.asyncDispose]());

/** Somebody new, and their browsers, which are logged in. */
async function people(count = 1): Promise<{ name: string; browsers: Browser[]; browser: Browser }> {
  made += 1;
  const name = `person${String.fromCharCode(...[...String(made)].map((digit) => 97 + Number(digit)))}`;
  await hub.addUsers(name);
  const all = Array.from({ length: count }, () => new Browser(hub.url));
  for (const one of all) await one.logIn({ name, password: SENTENCE });
  const [browser = new Browser(hub.url)] = all;
  return { name, browsers: all, browser };
}

describe("a login with a browser", () => {
  test("is kept in a cookie that scripts and other sites cannot use", async () => {
    const { name, browser } = await people();
    expect(browser.setCookie).toMatch(/^berth_session=berth_sn_[\w-]{32}; Expires=[^;]+GMT; /);
    expect(browser.setCookie).toMatch(/Path=\/; HttpOnly; SameSite=Lax$/);
    const { status, body } = await browser.ask("GET /api/v1/session");
    expect(status).toBe(200);
    expect(body).toMatchObject({ name, session: { provedBy: "password", isCurrent: true } });
    expect(JSON.stringify(body)).not.toContain(browser.cookie.split("=")[1]);
    const { body: self } = await browser.ask("GET /api/v1/account");
    expect(self).toMatchObject({ name, credential: { kind: "session" } });
  });

  test("over https the cookie is for this host alone", async () => {
    await using secure = await startAccountsHub({ settings: { url: "https://hub.example" } });
    const browser = await new Browser(secure.url).logIn(ROOT);
    expect(browser.setCookie).toMatch(
      /^__Host-berth_session=.*Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(browser.setCookie).not.toContain("Domain");
    expect((await browser.ask("GET /api/v1/session")).status).toBe(200);
    // A neighbour in the same domain can plant a cookie without the prefix.
    browser.setCookie = browser.setCookie.replace("__Host-", "");
    expect((await browser.ask("GET /api/v1/session")).status).toBe(401);
  });

  test("is refused alike for a wrong password and for nobody, and takes no token for a password", async () => {
    const { name } = await people();
    const browser = new Browser(hub.url);
    const wish = { label: "x", scopes: ["repo:admin"] };
    const token = await done(hub.as(name)("POST /api/v1/account/tokens", wish));
    const answers = [];
    for (const [user, password] of [
      [name, "wrong"],
      ["nobody-at-all", "wrong"],
      [name, token.body.secret],
    ]) {
      const answer = await browser.ask("POST /api/v1/session", { name: user, password });
      answers.push({ status: answer.status, body: { ...answer.body, requestId: "" } });
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(answers[0]).toMatchObject({
      status: 401,
      body: { type: "urn:berth:problem:UNAUTHORIZED", detail: "wrong user name or password" },
    });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  test("S73: nothing can be slipped in beside name and password", async () => {
    const extras = { role: "administrator", isDisabled: false, accountId: 1, provedBy: "oidc" };
    for (const [key, value] of Object.entries(extras)) {
      const body = { ...ROOT, [key]: value };
      expect((await new Browser(hub.url).ask("POST /api/v1/session", body)).status).toBe(400);
    }
    const { browser } = await people();
    const body = { password: SENTENCE, provedAt: "2099-01-01T00:00:00Z" };
    expect((await browser.ask("POST /api/v1/session/confirm", body)).status).toBe(400);
  });

  test("counts wrong passwords together with every other door", async () => {
    const { name, browser } = await people();
    for (let round = 0; round < 5; round += 1) {
      await hub.as(name, "wrong")("GET /api/v1/account");
      await new Browser(hub.url).ask("POST /api/v1/session", { name, password: "wrong" });
    }
    const refused = await new Browser(hub.url).ask("POST /api/v1/session", {
      name,
      password: SENTENCE,
    });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.body.type).toBe("urn:berth:problem:TOO_MANY_ATTEMPTS");
    const confirmed = await browser.ask("POST /api/v1/session/confirm", { password: SENTENCE });
    expect(confirmed.status).toBe(429);
    const change = { current: SENTENCE, next: OTHER };
    expect((await browser.ask("POST /api/v1/account/password", change)).status).toBe(429);
    // Who is in already stays in.
    expect((await browser.ask("GET /api/v1/session")).status).toBe(200);
  });

  test("is on the audit trail, and so is a wrong one", async () => {
    const { name } = await people();
    await new Browser(hub.url).ask("POST /api/v1/session", { name, password: "wrong" });
    await expect
      .poll(async () => {
        const { body } = await hub.root(`GET /api/v1/audit?account=${name}&action=account.login`);
        return body.items.map((item: { outcome: string }) => item.outcome).toSorted();
      })
      .toEqual(["done", "refused"]);
  });
});

describe("S77: a session", () => {
  test("is a new one at every login: nobody can plant theirs", async () => {
    const { name, browser } = await people();
    const { cookie: before } = browser;
    await browser.logIn({ name, password: SENTENCE });
    expect(browser.cookie).not.toBe(before);
    const thief = new Browser(hub.url);
    thief.setCookie = before;
    expect((await thief.ask("GET /api/v1/session")).status).toBe(401);
    thief.setCookie = "berth_session=chosen-by-somebody";
    await thief.logIn({ name, password: SENTENCE });
    expect(thief.cookie).toMatch(/^berth_session=berth_sn_/);
  });

  test("is nobody's when two of its name are shown", async () => {
    const { browsers } = await people(2);
    const [one, two] = browsers.map(({ cookie }) => cookie);
    const both = new Browser(hub.url);
    const headers = { cookie: `${one}; ${two}` };
    expect((await both.ask("GET /api/v1/session", undefined, headers)).status).toBe(401);
  });

  test("ends at the hub by a logout, and twice is no fault", async () => {
    const { browser } = await people();
    const { cookie } = browser;
    expect((await browser.ask("DELETE /api/v1/session")).status).toBe(204);
    expect(browser.setCookie).toMatch(/^berth_session=; Max-Age=0; Path=\/; HttpOnly/);
    const kept = new Browser(hub.url);
    kept.setCookie = cookie;
    expect((await kept.ask("GET /api/v1/account")).status).toBe(401);
    expect((await kept.ask("DELETE /api/v1/session")).status).toBe(204);
  });

  test("a new password ends all others, and one that an administrator sets ends all", async () => {
    const { name, browsers } = await people(3);
    const [own, ...others] = browsers;
    const change = { current: SENTENCE, next: OTHER };
    expect((await own?.ask("POST /api/v1/account/password", change))?.status).toBe(204);
    expect(await statuses(browsers)).toEqual([200, 401, 401]);
    for (const one of others) await one.logIn({ name, password: OTHER });
    expect(await statuses(browsers)).toEqual([200, 200, 200]);
    await done(hub.root(`POST /api/v1/users/${name}/password`, { password: SENTENCE }));
    expect(await statuses(browsers)).toEqual([401, 401, 401]);
  });

  test("ends with an account that is disabled, and does not come back with it", async () => {
    const { name, browser } = await people();
    await done(hub.root(`PATCH /api/v1/users/${name}`, { isDisabled: true }));
    expect(await statuses([browser])).toEqual([401]);
    await done(hub.root(`PATCH /api/v1/users/${name}`, { isDisabled: false }));
    expect(await statuses([browser])).toEqual([401]);
    await browser.logIn({ name, password: SENTENCE });
    await done(hub.root(`DELETE /api/v1/users/${name}`));
    expect(await statuses([browser])).toEqual([401]);
  });

  test("is ended by its owner, one or all others, and by an administrator, and by nobody else", async () => {
    const { name, browsers } = await people(3);
    const [first = new Browser(hub.url), ...rest] = browsers;
    const { browser: stranger } = await people();
    const { body } = await first.ask("GET /api/v1/account/sessions");
    expect(body.items).toHaveLength(3);
    expect(body.items.filter((item: { isCurrent: boolean }) => item.isCurrent)).toHaveLength(1);
    const other = body.items.find((item: { isCurrent: boolean }) => !item.isCurrent);
    const path = `/api/v1/account/sessions/${other.id}`;
    expect((await stranger.ask(`DELETE ${path}`)).status).toBe(404);
    expect((await stranger.ask(`DELETE /api/v1/users/${name}/sessions`)).status).toBe(403);
    expect((await first.ask(`DELETE ${path}`)).status).toBe(204);
    expect((await statuses(browsers)).filter((status) => status === 200)).toHaveLength(2);
    expect((await first.ask("DELETE /api/v1/account/sessions")).status).toBe(204);
    expect(await statuses(rest)).toEqual([401, 401]);
    await done(hub.root(`DELETE /api/v1/users/${name}/sessions`));
    expect(await statuses(browsers)).toEqual([401, 401, 401]);
    const trail = await hub.root(`GET /api/v1/audit?account=${name}&action=account.session.end`);
    expect(trail.body.items).toHaveLength(3);
  });

  test("is seen by administrators, and ended by them alone or with the others", async () => {
    const { name, browsers } = await people(2);
    const { name: neighbour, browser: stranger } = await people();
    const path = `/api/v1/users/${name}/sessions`;
    const seen = async () => (await done(hub.root(`GET ${path}`))).body.items;
    const [one, other] = await seen();
    expect(one).toMatchObject({
      isCurrent: false,
      provedBy: "password",
      lastUse: { client: "node" },
    });
    expect(await seen()).toHaveLength(2);
    for (const request of [`GET ${path}`, `DELETE ${path}/${one.id}`])
      expect((await stranger.ask(request)).status).toBe(403);
    const elsewhere = `/api/v1/users/${neighbour}/sessions/${one.id}`;
    expect((await hub.root(`DELETE ${elsewhere}`)).status).toBe(404);
    expect((await hub.root("GET /api/v1/users/nobody-at-all/sessions")).status).toBe(404);
    await done(hub.root(`DELETE ${path}/${one.id}`));
    expect((await seen()).map(({ id }: { id: string }) => id)).toEqual([other.id]);
    expect((await statuses(browsers)).toSorted()).toEqual([200, 401]);
    const trail = await hub.root(`GET /api/v1/audit?account=${name}&action=account.session.end`);
    expect(trail.body.items).toMatchObject([{ actor: ROOT.name, name: one.id }]);
    // Their own is told from the others, and stays when they end "all" of themselves.
    const root = await new Browser(hub.url).logIn(ROOT);
    const own = `/api/v1/users/${ROOT.name}/sessions`;
    const mine = (await root.ask(`GET ${own}`)).body.items;
    expect(mine.filter((item: { isCurrent: boolean }) => item.isCurrent)).toHaveLength(1);
    expect((await root.ask(`DELETE ${own}`)).status).toBe(204);
    expect(await statuses([root])).toEqual([200]);
  });

  test("ends when it is not used for a while, and after a while in any case", async () => {
    const { name, browser } = await people();
    await aheadBy(6 * DAY, async () => expect(await statuses([browser])).toEqual([200]));
    await aheadBy(12 * DAY, async () => expect(await statuses([browser])).toEqual([200]));
    await aheadBy(20 * DAY, async () => expect(await statuses([browser])).toEqual([401]));
    const busy = await new Browser(hub.url).logIn({ name, password: SENTENCE });
    for (const days of [5, 10, 15, 20, 25, 29])
      await aheadBy(days * DAY, async () => expect(await statuses([busy])).toEqual([200]));
    await aheadBy(30 * DAY, async () => expect(await statuses([busy])).toEqual([401]));
  });

  test("has to be confirmed anew for what a thief would do with it", async () => {
    const { name, browser } = await people();
    const wish = { label: "later", scopes: ["repo:read"] };
    const sensitive = [
      ["POST /api/v1/account/tokens", wish],
      ["POST /api/v1/account/password", { current: SENTENCE, next: OTHER }],
      ["POST /v2/access-tokens", { token_label: "x", scopes: ["repo:read"] }],
      ["POST /v2/orgs/acme/access-tokens", {}],
      ["PATCH /v2/orgs/acme/access-tokens/x", {}],
      ["PATCH /api/v1/organizations/acme/robots/x", {}],
      ["PUT /api/v1/organizations/acme/members/x", {}],
      ["PUT /v2/orgs/acme/members/x", {}],
      ["DELETE /api/v1/repositories/acme/x", undefined],
      ["DELETE /v2/repositories/acme/x/", undefined],
      ["POST /api/v1/repository-moves", {}],
      ["POST /api/v1/namespaces/acme/rename", {}],
      ["POST /v2/scim/2.0/Users", {}],
      ["PUT /v2/scim/2.0/Users/x", {}],
    ] as const;
    await aheadBy(16 * MINUTE, async () => {
      for (const [request, body] of sensitive) {
        const answer = await browser.ask(request, body);
        expect(`${request} ${answer.status}`).toBe(`${request} 403`);
        expect(answer.body.detail).toContain("POST /api/v1/session/confirm");
      }
      expect((await browser.ask("POST /api/v1/account/tokens", wish)).body.type).toBe(
        "urn:berth:problem:CONFIRM_REQUIRED",
      );
      // With the password in the request itself there is nothing to confirm.
      expect((await hub.as(name)("POST /api/v1/account/tokens", wish)).status).toBe(201);
      const wrong = await browser.ask("POST /api/v1/session/confirm", { password: "wrong" });
      expect(wrong.status).toBe(403);
      expect((await browser.ask("POST /api/v1/account/tokens", wish)).status).toBe(403);
      const right = await browser.ask("POST /api/v1/session/confirm", { password: SENTENCE });
      expect(right.status).toBe(204);
      expect((await browser.ask("POST /api/v1/account/tokens", wish)).status).toBe(201);
    });
  });

  test("of an administrator has to be confirmed anew before it changes people", async () => {
    const { name } = await people();
    const root = await new Browser(hub.url).logIn(ROOT);
    await aheadBy(16 * MINUTE, async () => {
      for (const request of [
        `DELETE /api/v1/users/${name}`,
        `PATCH /api/v1/users/${name}`,
        `POST /api/v1/users/${name}/password`,
        `POST /api/v1/users/${name}/identities`,
        `DELETE /api/v1/users/${name}/identities/x`,
        "POST /api/v1/users",
        "POST /api/v1/operations/keys",
      ]) {
        expect((await root.ask(request, {})).body.type).toBe("urn:berth:problem:CONFIRM_REQUIRED");
      }
      expect((await root.ask("GET /api/v1/users")).status).toBe(200);
    });
  });
});

describe("S70: a page of another site", () => {
  test.each<[string, Record<string, string>]>([
    ["says that it is one", EVIL],
    ["of the same domain says that it is one", { "sec-fetch-site": "same-site" }],
    ["shows its origin", { origin: "https://evil.example" }],
    ["has no origin that it shows", { origin: "null" }],
    ["of the same host on another port shows its origin", { origin: "http://127.0.0.1:1" }],
    ["shows nothing", {}],
    ["claims to be a script", { ...EVIL, "x-requested-with": "fetch" }],
  ])("that %s changes nothing with the browser's cookie", async (_how, headers) => {
    const { browser } = await people();
    for (const request of ["POST /api/v1/account/tokens", "DELETE /api/v1/session"]) {
      const answer = await browser.ask(request, undefined, headers);
      expect(answer.status).toBe(403);
      expect(answer.body.type).toBe("urn:berth:problem:CROSS_SITE");
    }
    expect(await statuses([browser])).toEqual([200]);
  });

  test("cannot change the method, nor send a form", async () => {
    const { browser } = await people();
    const override = { "sec-fetch-site": "same-origin", "x-http-method-override": "DELETE" };
    await browser.ask("POST /api/v1/account/sessions?_method=DELETE", undefined, override);
    await browser.ask("GET /api/v1/session?_method=DELETE", undefined, override);
    expect(await statuses([browser])).toEqual([200]);
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const headers = { "content-type": type, "sec-fetch-site": "same-origin" };
      const body = JSON.stringify({ label: "x", scopes: ["repo:read"] });
      const answer = await browser.ask("POST /api/v1/account/tokens", body, headers);
      expect([400, 415]).toContain(answer.status);
      const login = await browser.ask("POST /api/v1/session", JSON.stringify(ROOT), headers);
      expect([400, 415]).toContain(login.status);
    }
  });

  test("cannot log the browser in as somebody else", async () => {
    const browser = new Browser(hub.url);
    const answer = await browser.ask("POST /api/v1/session", ROOT, EVIL);
    expect(answer.status).toBe(403);
    expect(browser.setCookie).toBe("");
  });

  test.each<[string, () => Record<string, string>]>([
    ["Sec-Fetch-Site", () => ({ "sec-fetch-site": "same-origin" })],
    ["Origin", () => ({ origin: hub.url })],
    ["a header of its own", () => ({ "x-requested-with": "berth" })],
  ])("is told from the hub's own pages by %s", async (_what, headers) => {
    const { browser } = await people();
    const answer = await browser.ask("DELETE /api/v1/account/sessions", undefined, headers());
    expect(answer.status).toBe(204);
  });

  test("S71: is not let read anything, with or without a cookie", async () => {
    const { browser } = await people();
    for (const request of [
      "GET /api/v1/session",
      "GET /api/v1/account",
      "OPTIONS /api/v1/account",
      "GET /v2/",
      "GET /v2/_catalog",
      "GET /v2/token?service=berth",
      "POST /token",
      "GET /v2/repositories/acme",
    ]) {
      const { headers } = await browser.ask(request, undefined, EVIL);
      const names = [...headers.keys()].filter((name) => name.startsWith("access-control-"));
      expect(`${request} ${names}`).toBe(`${request} `);
    }
  });
});

test("the cookie is worth nothing at the registry and at the token service", async () => {
  const { name, browser } = await people();
  await hub.push({ name, password: SENTENCE }, `${name}/app:1`);
  expect((await browser.ask(`GET /v2/repositories/${name}/app`)).status).toBe(200);
  expect((await browser.ask("GET /v2/")).status).toBe(401);
  expect((await browser.ask(`GET /v2/${name}/app/manifests/1`)).status).toBe(401);
  const scope = `repository:${name}/app:pull`;
  const { body } = await browser.ask(`GET /v2/token?service=berth&scope=${scope}`);
  const claims = JSON.parse(Buffer.from(body.token.split(".")[1], "base64url").toString());
  expect(claims.access).toEqual([]);
  // Neither is its value as a password or a token.
  const secret = browser.cookie.split("=")[1] ?? "";
  expect((await hub.as(name, secret)("GET /api/v1/account")).status).toBe(401);
});

test("what everybody may see is shown to a browser whose session has ended, too", async () => {
  const { browser } = await people();
  await browser.ask("DELETE /api/v1/account/sessions");
  const old = new Browser(hub.url);
  old.setCookie = browser.cookie;
  await browser.ask("DELETE /api/v1/session");
  expect((await old.ask("GET /api/v1/repositories")).status).toBe(200);
  const refused = await old.ask("GET /api/v1/account");
  expect(refused.status).toBe(401);
  expect(refused.body.title).toBe("the session has ended: log in again");
});

test("of a session only a hash is kept", async () => {
  const { browser } = await people();
  const secret = browser.cookie.split("=")[1] ?? "";
  expect(secret).toMatch(/^berth_sn_/);
  expect(hub.dump()).not.toContain(secret);
});

async function statuses(browsers: readonly Browser[]): Promise<readonly number[]> {
  const answers = await Promise.all(browsers.map((one) => one.ask("GET /api/v1/session")));
  return answers.map(({ status }) => status);
}

/** Does something some time after now, and comes back. */
async function aheadBy(ms: number, work: () => Promise<void>): Promise<void> {
  const before = now;
  now += ms;
  try {
    await work();
  } finally {
    now = before;
  }
}
