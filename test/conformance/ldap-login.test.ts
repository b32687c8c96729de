import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readOtpauth } from "../harness/authenticator-app.ts";
import { Browser } from "../harness/browser.ts";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { BASE, READER, type Slapd, startSlapd } from "../harness/slapd.ts";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;

const MINUTE = 60_000;
const WORD = "their word in the directory";

let slapd: Slapd;
let hub: Hub;
let now = Date.now();

function settingsFor(url: string): Record<string, string> {
  return {
    "access.ldap.url": url,
    "access.ldap.bindDn": READER.dn,
    "access.ldap.bindPassword": READER.password,
    "access.ldap.userBase": `ou=people,${BASE}`,
    "access.ldap.userFilter": "(&(objectClass=inetOrgPerson)(uid={user})(!(title=shut out)))",
    "access.ldap.groups.base": `ou=groups,${BASE}`,
    "access.ldap.administrators": "hub-admins",
    "access.ldap.groupTeams": JSON.stringify([
      { group: "builders", team: "acme/builders" },
      { group: `CN=team-*,ou=groups,${BASE}`, team: "acme/*" },
      { group: "nowhere", team: "nil/none" },
    ]),
  };
}

async function openHub(settings: Record<string, string> = {}, url = slapd.url): Promise<Hub> {
  const clock = () => new Date(now);
  const opened = await startAccountsHub({ settings: { ...settingsFor(url), ...settings }, clock });
  await opened.addOrganization("acme");
  for (const name of ["builders", "red"]) {
    await done(opened.root("POST /api/v1/organizations/acme/teams", { name }));
  }
  return opened;
}

const whoIs = async (name: string, password = WORD) =>
  (await hub.as(name, password)("GET /api/v1/account")).status;
const stateOf = async (name: string) => (await hub.root(`GET /api/v1/users/${name}`)).body;
const membersOf = async (team: string) =>
  (await hub.root(`GET /api/v1/organizations/acme/teams/${team}/members`)).body.items;
const organizationOf = async () =>
  (await hub.root("GET /api/v1/organizations/acme/members")).body.items.map(
    (member: { name: string }) => member.name,
  );

beforeAll(async () => {
  slapd = await startSlapd();
  hub = await openHub();
});
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]();
  await slapd?.[Symbol.asyncDispose]();
});
let number = 0;
let user = "";
beforeEach(async () => {
  number += 1;
  user = `person${number}x`;
  await slapd.addUser({ uid: user, password: WORD });
});

describe("a password of the directory", () => {
  test("opens an account that the first login makes, for the API and for docker", async () => {
    expect((await hub.root(`GET /api/v1/users/${user}`)).status).toBe(404);
    const answer = await hub.as(user, WORD)("GET /api/v1/account");
    expect(answer.body).toMatchObject({ name: user, credential: { kind: "directory" } });
    expect(await stateOf(user)).toMatchObject({ email: `${user}@example.com`, isDisabled: false });
    expect(await hub.push({ name: user, password: WORD }, `${user}/app:1`)).toMatchObject({
      status: 201,
    });
    const browser = await new Browser(hub.url).logIn({ name: user, password: WORD });
    expect((await browser.ask("GET /api/v1/session")).body).toMatchObject({
      name: user,
      session: { provedBy: "ldap" },
    });
    const token = await hub.as(user, WORD)("GET /token?offline_token=true");
    expect(token.body.refresh_token).toMatch(/^berth_rt_/);
    const audit = await hub.root(`GET /api/v1/audit?account=${user}`);
    expect(JSON.stringify(audit.body)).toContain("account.create");
    expect(JSON.stringify(audit.body)).not.toContain(WORD);
  });

  test("needs a code beside it once two-factor login is on, and what it gave before ends", async () => {
    const browser = await new Browser(hub.url).logIn({ name: user, password: WORD });
    const token = await hub.as(user, WORD)("GET /token?offline_token=true");
    const login = await hub.anonymous("POST /v2/users/login", { username: user, password: WORD });
    const bearer = { authorization: `Bearer ${login.body.token}` };
    const who = async () =>
      (await new Browser(hub.url).ask("GET /api/v1/account", undefined, bearer)).status;
    expect(await who()).toBe(200);
    const begun = await done(browser.ask("POST /api/v1/account/two-factor"));
    const app = readOtpauth(begun.body.uri);
    await done(browser.ask("POST /api/v1/account/two-factor/confirm", { code: app.codeAt(now) }));
    expect(await who()).toBe(401);
    const { refresh_token } = token.body;
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token });
    expect((await fetch(`${hub.url}/token`, { method: "POST", body: form })).status).toBe(401);
    expect(await whoIs(user)).toBe(401);
    now += 30_000;
    const credentials = { name: user, password: WORD };
    const open = (code: string) =>
      new Browser(hub.url).ask("POST /api/v1/session", { ...credentials, code });
    expect((await open("000000")).status).toBe(401);
    const opened = await open(app.codeAt(now));
    expect(opened.body).toMatchObject({ name: user, session: { provedBy: "ldap and code" } });
    now += 30_000;
    const second = await hub.anonymous("POST /v2/users/login", { username: user, password: WORD });
    const { login_2fa_token } = second.body;
    const code = app.codeAt(now);
    const whole = await hub.anonymous("POST /v2/users/2fa-login", { login_2fa_token, code });
    expect(whole.status).toBe(200);
    bearer.authorization = `Bearer ${whole.body.token}`;
    expect(await who()).toBe(200);
  });

  test.each(["", " ", "wrong", "\0", "*"])("is not %j", async (password) => {
    expect(await whoIs(user, password)).toBe(401);
    expect((await hub.root(`GET /api/v1/users/${user}`)).status).toBe(404);
  });

  test.each(["*", "person*", "x)(uid=*", "\\2a", `uid=person1x,ou=people,${BASE}`, "ü*(", "\\"])(
    "a name is nothing but a name in the filter: %s",
    async (name) => {
      expect(await whoIs(name)).toBe(401);
    },
  );

  test("a name with a star in it is not that of the one whom it would fit", async () => {
    expect(await whoIs(`${user.slice(0, -1)}*`)).toBe(401);
    expect(await whoIs(user)).toBe(200);
  });

  test("is that of one account and no other when the name is taken here", async () => {
    await hub.addUsers(`${user}-local`);
    await slapd.addUser({ uid: `${user}-local`, password: WORD });
    expect(await whoIs(`${user}-local`)).toBe(401);
    expect(await whoIs(`${user}-local`, SENTENCE)).toBe(200);
    // An account without a password here is nobody's to take over either.
    await whoIs(user);
    const { items } = (await hub.root(`GET /api/v1/users/${user}/identities`)).body;
    const id = items[0].id;
    await done(hub.root(`DELETE /api/v1/users/${user}/identities/${id}`));
    now += 6 * MINUTE;
    expect(await whoIs(user)).toBe(401);
  });

  test("is linked to an account of another name by an administrator", async () => {
    const local = `${user}-elsewhere`;
    await hub.addUsers(local);
    const link = { provider: "ldap", user };
    const linked = await done(hub.root(`POST /api/v1/users/${local}/identities`, link));
    expect(linked.body).toMatchObject({ provider: "ldap", name: user });
    expect(linked.body.subject).toMatch(/^entryUUID:/);
    expect((await hub.as(user, WORD)("GET /api/v1/account")).body.name).toBe(local);
    expect(await whoIs(local)).toBe(200);
    expect(await whoIs(local, SENTENCE)).toBe(200);
    await hub.addUsers(`${user}-other`);
    expect(await hub.root(`POST /api/v1/users/${user}-other/identities`, link)).toMatchObject({
      status: 409,
      body: { title: "this identity is another account's" },
    });
    const seen = await hub.root(`GET /api/v1/users/${local}/identities`);
    expect(seen.body.providers).toEqual(["ldap"]);
    const unknown = { provider: "ldap", user: "nobody-at-all" };
    expect((await hub.root(`POST /api/v1/users/${local}/identities`, unknown)).status).toBe(404);
  });

  test("stays with the person who is renamed, and does not come to whoever gets their name", async () => {
    await whoIs(user);
    await slapd.renameUser(user, `${user}-married`);
    expect((await hub.as(`${user}-married`, WORD)("GET /api/v1/account")).body.name).toBe(user);
    await slapd.addUser({ uid: user, password: "of somebody new" });
    expect(await whoIs(user, "of somebody new")).toBe(401);
    expect(await whoIs(user)).toBe(200);
  });

  test("is believed for five minutes without another question, and not longer", async () => {
    await whoIs(user);
    await slapd.setPassword(user, "another one now");
    expect(await whoIs(user)).toBe(200);
    now += 6 * MINUTE;
    expect(await whoIs(user)).toBe(401);
    expect(await whoIs(user, "another one now")).toBe(200);
  });

  test("S24: does not open an account that was disabled here", async () => {
    await whoIs(user);
    await done(hub.root(`PATCH /api/v1/users/${user}`, { isDisabled: true }));
    expect(await whoIs(user)).toBe(401);
    now += 6 * MINUTE;
    expect(await whoIs(user)).toBe(401);
    expect((await stateOf(user)).isDisabled).toBe(true);
  });

  test("is nobody's fault while the place of all people is gone", async () => {
    expect(await whoIs(user)).toBe(200);
    now += 6 * MINUTE;
    const move = (from: string, to: string) =>
      slapd.change(
        `dn: ou=${from},${BASE}\nchangetype: modrdn\nnewrdn: ou=${to}\ndeleteoldrdn: 1\n`,
      );
    await move("people", "staff");
    const status = await whoIs(user);
    await move("staff", "people");
    expect(status).toBe(503);
    expect((await stateOf(user)).isDisabled).toBe(false);
    expect(await whoIs(user)).toBe(200);
  });

  test("is good for nothing once the filter leaves its owner out, nor is what docker kept of it", async () => {
    const { body } = await hub.as(user, WORD)("GET /token?offline_token=true");
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: body.refresh_token,
      service: "berth",
    });
    const refresh = async () =>
      (await fetch(`${hub.url}/token`, { method: "POST", body: form })).status;
    expect(await refresh()).toBe(200);
    const dn = `dn: uid=${user},ou=people,${BASE}\nchangetype: modify\n`;
    await slapd.change(`${dn}add: title\ntitle: shut out\n`);
    now += 6 * MINUTE;
    expect(await refresh()).toBe(401);
    expect(await whoIs(user)).toBe(401);
    expect((await stateOf(user)).isDisabled).toBe(true);
    // Disabled by the hub itself, so the directory's word is enough to undo it, whatever else was changed meanwhile.
    now += MINUTE;
    await done(hub.root(`PATCH /api/v1/users/${user}`, { email: `${user}@new.example` }));
    await slapd.change(`${dn}delete: title\n`);
    expect(await whoIs(user)).toBe(200);
    expect((await stateOf(user)).isDisabled).toBe(false);
    expect(await refresh()).toBe(200);
  });
});

describe("groups of the directory", () => {
  test("put their people into teams and take them out again, and leave alone what people did", async () => {
    await slapd.setGroup("builders", [user]);
    await slapd.setGroup("team-red", [user]);
    await slapd.setGroup("nowhere", [user]);
    await whoIs(user);
    expect(await membersOf("builders")).toContain(user);
    expect(await membersOf("red")).toContain(user);
    expect(await organizationOf()).toContain(user);
    await done(hub.root("POST /api/v1/organizations/acme/teams", { name: `of-${user}` }));
    const byHand = `/api/v1/organizations/acme/teams/of-${user}/members/${user}`;
    await done(hub.root(`PUT ${byHand}`));

    await slapd.setGroup("builders", []);
    await slapd.setGroup("team-red", []);
    now += 6 * MINUTE;
    await whoIs(user);
    expect(await membersOf("builders")).not.toContain(user);
    expect(await membersOf("red")).not.toContain(user);
    expect(await membersOf(`of-${user}`)).toContain(user);
    expect(await organizationOf()).toContain(user);

    await done(hub.root(`DELETE ${byHand}`));
    await slapd.setGroup("team-red", [user]);
    now += 6 * MINUTE;
    await whoIs(user);
    await slapd.setGroup("team-red", []);
    now += 6 * MINUTE;
    await whoIs(user);
    expect(await organizationOf()).not.toContain(user);
  });

  test("still mean an organization that was renamed since the rules were written", async () => {
    await using other = await openHub();
    const members = async (organization: string) =>
      (await other.root(`GET /api/v1/organizations/${organization}/teams/red/members`)).body.items;
    await slapd.setGroup("team-red", [user]);
    await other.as(user, WORD)("GET /api/v1/account");
    expect(await members("acme")).toContain(user);
    await done(other.root("POST /api/v1/namespaces/acme/rename", { name: "acme-inc" }));
    now += 6 * MINUTE;
    await other.as(user, WORD)("GET /api/v1/account");
    expect(await members("acme-inc")).toContain(user);
    await slapd.setGroup("team-red", []);
  });

  test("make administrators of the hub, and nobody else's role is taken away", async () => {
    await slapd.setGroup("hub-admins", [user]);
    await whoIs(user);
    expect((await stateOf(user)).role).toBe("administrator");
    await slapd.setGroup("hub-admins", []);
    now += 6 * MINUTE;
    await whoIs(user);
    expect((await stateOf(user)).role).toBeUndefined();
    await done(hub.root(`PATCH /api/v1/users/${user}`, { role: "auditor" }));
    now += 6 * MINUTE;
    await whoIs(user);
    expect((await stateOf(user)).role).toBe("auditor");
  });
});

describe("while the directory is down", () => {
  test("nobody is told to be wrong, and those with a password here log in", async () => {
    await hub.addUsers(`${user}-here`);
    await slapd.goDown();
    try {
      const refused = await hub.as(user, WORD)("GET /api/v1/account");
      expect(refused).toMatchObject({
        status: 503,
        body: { detail: "the directory of users does not answer" },
      });
      expect(refused.headers.get("retry-after")).toBe("5");
      expect((await hub.as(user, WORD)("GET /token")).status).toBe(503);
      expect((await hub.as(user, WORD)("GET /v2/")).status).toBe(503);
      const login = { username: user, password: WORD };
      expect((await hub.anonymous("POST /v2/users/login", login)).status).toBe(503);
      for (let i = 0; i < 15; i += 1) await hub.as(user, WORD)("GET /token");
      expect(await whoIs(`${user}-here`, SENTENCE)).toBe(200);
      expect(await whoIs(ROOT.name, ROOT.password)).toBe(200);
    } finally {
      await slapd.comeBack();
    }
    // The attempts in between counted for nothing.
    expect(await whoIs(user)).toBe(200);
  });

  test("whoever searches for it with a wrong password gets the same answer", async () => {
    await using other = await openHub({ "access.ldap.bindPassword": "not the reader's" });
    expect((await other.as(user, WORD)("GET /api/v1/account")).status).toBe(503);
    expect((await other.root("GET /api/v1/account")).status).toBe(200);
  });
});

describe("on the way to the directory", () => {
  const statusAt = async (settings: Record<string, string>, url: string) => {
    await using other = await openHub(settings, url);
    return (await other.as(user, WORD)("GET /api/v1/account")).status;
  };

  test("ldaps and StartTLS check the certificate", async () => {
    const ca = { "access.ldap.ca": slapd.ca };
    const startTls = { "access.ldap.startTls": "true" };
    expect(await statusAt(ca, slapd.secureUrl)).toBe(200);
    expect(await statusAt({}, slapd.secureUrl)).toBe(503);
    expect(await statusAt({ ...ca, ...startTls }, slapd.url)).toBe(200);
    expect(await statusAt(startTls, slapd.url)).toBe(503);
    // A certificate of the right authority, for another name.
    const named = (url: string) => url.replace("127.0.0.1", "localhost");
    expect(await statusAt(ca, named(slapd.secureUrl))).toBe(503);
    expect(await statusAt({ ...ca, ...startTls }, named(slapd.url))).toBe(503);
  });

  test("whoever is gone from the directory is disabled with their tokens, without any login", async () => {
    await using other = await openHub({ "access.ldap.follow": "1s" });
    const { body } = await done(
      other.as(user, WORD)("POST /api/v1/account/tokens", { label: "x", scopes: ["repo:read"] }),
    );
    const withToken = other.as(user, body.secret);
    expect((await withToken("GET /api/v1/account")).status).toBe(200);
    await slapd.removeUser(user);
    await vi.waitFor(
      async () => expect((await withToken("GET /api/v1/account")).status).toBe(401),
      { timeout: 10_000, interval: 100 },
    );
    const { items } = (await other.root(`GET /api/v1/audit?account=${user}`)).body;
    expect(JSON.stringify(items)).toContain("account.update");
  });

  test("a first login makes no account where that is off", async () => {
    expect(await statusAt({ "access.ldap.createAccounts": "false" }, slapd.url)).toBe(401);
  });
});
