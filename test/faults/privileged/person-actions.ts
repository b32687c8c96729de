import { randomUUID } from "node:crypto";
import { readOtpauth } from "../../harness/authenticator-app.ts";
import { callerOf } from "../../harness/hub-api.ts";
import {
  type Ask,
  findIn,
  findRow,
  holds,
  type PrivilegedAction,
  SENTENCE,
  type Stage,
} from "./privileged-action.ts";

const NEXT = "another long enough sentence";
const THIRD = "a sentence that came by a link";
const STEP_MS = 30_000;
export const SCIM_TOKEN = "a-token-of-the-identity-provider-that-is-long";
/** Of the settings that the hub runs with. */
export const ISSUER = "https://people.example.com";

/** People, how they log in, and what they have. */
export function personActions(word: string): readonly PrivilegedAction[] {
  return [
    ...accountActions(word),
    ...tokenActions(word),
    ...invitationActions(word),
    ...passwordActions(`p-${word}`),
    ...sessionActions(`s-${word}`),
    ...twoFactorActions(`f-${word}`),
    ...recoveryActions(`r-${word}`),
    ...provisioningActions(`i-${word}`),
  ];
}

/** The last of them: others are in what this one owns. */
export function lastActions(word: string): readonly PrivilegedAction[] {
  const keys = "select group_concat(kid) as kids from signing_keys";
  let former: unknown;
  return [
    {
      request: async (_ask, { data }) => {
        former = findRow(data, keys)?.kids;
        return "POST /api/v1/operations/keys";
      },
      entry: { action: "hub.key.replace", account: "admin" },
      isDone: async (_ask, { data }) => findRow(data, keys)?.kids !== former,
    },
    {
      request: `DELETE /api/v1/users/${word}`,
      entry: { action: "account.delete", name: word },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${word}`)).status === 404,
    },
  ];
}

function creation(name: string): PrivilegedAction {
  return {
    request: "POST /api/v1/users",
    body: { name, password: SENTENCE, email: `${name}@example.net` },
    entry: { action: "account.create", name },
    isDone: async (ask) => (await ask(`GET /api/v1/users/${name}`)).status === 200,
  };
}

function accountActions(word: string): PrivilegedAction[] {
  const user = `/api/v1/users/${word}`;
  const by = { name: word, password: SENTENCE };
  return [
    creation(word),
    {
      request: `PATCH ${user}`,
      body: { role: "auditor" },
      entry: { action: "account.update", name: word },
      isDone: async (ask) => (await ask(`GET ${user}`)).body.role === "auditor",
    },
    {
      request: `PATCH ${user}`,
      body: { email: `${word}@example.com` },
      entry: { action: "account.update", name: word },
      isDone: async (ask) => (await ask(`GET ${user}`)).body.email === `${word}@example.com`,
    },
    {
      // A change of one's own address: no mail goes out of this hub, so that it is in force at once.
      request: "POST /api/v1/account/email",
      body: { email: `${word}@example.net` },
      by,
      entry: { action: "account.update", name: word },
      isDone: async (ask) => (await ask(`GET ${user}`)).body.email === `${word}@example.net`,
    },
    {
      request: "PATCH /api/v1/account/profile",
      body: { company: word },
      by,
      entry: { action: "account.profile.update", name: word },
      isDone: async (_ask, { url }) =>
        (await callerOf(url, by)("GET /api/v1/account/profile")).body.company === word,
    },
    {
      request: `PATCH ${user}`,
      body: { isDisabled: true },
      entry: { action: "account.update", name: word },
      isDone: async (ask) => (await ask(`GET ${user}`)).body.isDisabled === true,
    },
    {
      request: `PATCH ${user}`,
      body: { isDisabled: false },
      entry: { action: "account.update", name: word },
      isDone: async (ask) => (await ask(`GET ${user}`)).body.isDisabled === false,
    },
    {
      request: `POST ${user}/identities`,
      body: { provider: "people", subject: word },
      entry: { action: "account.identity.link", account: word },
      isDone: async (ask) => holds(await ask(`GET ${user}/identities`), { subject: word }),
    },
    {
      request: async (ask) => {
        const found = findIn(await ask(`GET ${user}/identities`), { subject: word });
        return `DELETE ${user}/identities/${found?.id}`;
      },
      entry: { action: "account.identity.unlink", account: word },
      isDone: async (ask) => !holds(await ask(`GET ${user}/identities`), { subject: word }),
    },
  ];
}

function tokenActions(word: string): PrivilegedAction[] {
  const path = "/api/v1/account/tokens";
  const find = async (ask: Ask) => findIn(await ask(`GET ${path}`), { label: word });
  return [
    {
      request: `POST ${path}`,
      body: { label: word, scopes: ["repo:read"] },
      entry: { action: "access_token.create", name: word },
      isDone: async (ask) => (await find(ask)) !== undefined,
    },
    {
      request: async (ask) => `PATCH ${path}/${(await find(ask))?.id}`,
      body: { isActive: false },
      entry: { action: "access_token.update", name: word },
      isDone: async (ask) => (await find(ask))?.isActive === false,
    },
    {
      request: async (ask) => `DELETE ${path}/${(await find(ask))?.id}`,
      entry: { action: "access_token.delete", name: word },
      isDone: async (ask) => (await find(ask)) === undefined,
    },
  ];
}

function invitationActions(word: string): PrivilegedAction[] {
  const path = "/api/v1/invitations";
  const email = `${word}@example.org`;
  const find = async (ask: Ask) => findIn(await ask(`GET ${path}?limit=1000`), { email });
  const newcomer = `n-${word}`;
  return [
    {
      request: `POST ${path}`,
      body: { email, role: "auditor" },
      entry: { action: "invitation.create", name: email },
      isDone: async (ask) => (await find(ask)) !== undefined,
    },
    {
      request: async (ask) => `POST ${path}/${(await find(ask))?.id}/resend`,
      entry: { action: "invitation.resend", name: email },
      isDone: async (_ask, { data }) =>
        Number(
          findRow(
            data,
            "select expires_at - created_at as lasts from invitations where email = ?",
            email,
          )?.lasts,
        ) >
        7 * 24 * 3_600_000,
    },
    {
      request: async (ask) => `DELETE ${path}/${(await find(ask))?.id}`,
      entry: { action: "invitation.withdraw", name: email },
      isDone: async (ask) => (await find(ask)) === undefined,
    },
    {
      // Each attempt is invited anew: the answer with the secret may be what the kill took.
      request: async (ask) => {
        const invited = await ask(`POST ${path}`, { email: `${randomUUID()}@example.org` });
        const invitation = invited.body.handOver.secret;
        const body = { name: newcomer, password: SENTENCE, invitation };
        return { request: "POST /api/v1/sign-up", body, headers: { authorization: "" } };
      },
      entry: { action: "invitation.accept", account: newcomer },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${newcomer}`)).status === 200,
    },
  ];
}

function passwordActions(name: string): PrivilegedAction[] {
  const user = `/api/v1/users/${name}`;
  const opens =
    (password: string) =>
    async (_ask: Ask, { url }: Stage) =>
      (await callerOf(url, { name, password })("GET /api/v1/account")).status === 200;
  return [
    creation(name),
    {
      request: "POST /api/v1/account/password",
      body: { current: SENTENCE, next: NEXT },
      by: { name, password: SENTENCE },
      entry: { action: "account.password.change", name },
      isDone: opens(NEXT),
    },
    {
      request: `POST ${user}/password-reset`,
      entry: { action: "account.password.reset.issue", name },
      isDone: async (_ask, { data }) =>
        findRow(
          data,
          "select 1 from one_time_links, accounts where purpose = 'password' and subject = accounts.id and name = ?",
          name,
        ) !== undefined,
    },
    {
      // By a link of its own: the answer with the one before may be what the kill took.
      request: async (ask) => {
        const { secret } = (await ask(`POST ${user}/password-reset`)).body;
        const body = { secret, password: THIRD };
        return {
          ...{ request: "POST /api/v1/password-reset/confirm", body },
          headers: { authorization: "" },
        };
      },
      entry: { action: "account.password.reset", name },
      isDone: opens(THIRD),
    },
  ];
}

function sessionActions(name: string): PrivilegedAction[] {
  const by = { name, password: SENTENCE };
  const count = async (url: string, what: "sessions" | "logins") =>
    ((await callerOf(url, by)(`GET /api/v1/account/${what}`)).body.items as unknown[]).length;
  return [
    creation(name),
    {
      request: "POST /api/v1/session",
      body: by,
      entry: { action: "account.login", account: name },
      isDone: async (_ask, { url }) => (await count(url, "sessions")) === 1,
    },
    {
      request: `DELETE /api/v1/users/${name}/sessions`,
      entry: { action: "account.session.end", account: name },
      isDone: async (_ask, { url }) => (await count(url, "sessions")) === 0,
    },
    {
      // As `docker login` does.
      request: "GET /token?offline_token=true&client_id=docker",
      by,
      entry: { action: "account.login", account: name },
      isDone: async (_ask, { url }) => (await count(url, "logins")) === 1,
    },
    {
      request: `DELETE /api/v1/users/${name}/logins`,
      entry: { action: "account.login.end", account: name },
      isDone: async (_ask, { url }) => (await count(url, "logins")) === 0,
    },
  ];
}

/** Of somebody with a phone in their hand. */
function twoFactorActions(name: string): PrivilegedAction[] {
  const path = "/api/v1/account/two-factor";
  const app = new Phone(name);
  const isOn = async (ask: Ask) => (await ask(`GET /api/v1/users/${name}`)).body.hasTwoFactor;
  const entry = (what: "enable" | "disable" | "reset" | "recovery_codes.renew") =>
    ({ action: `account.two_factor.${what}`, name }) as const;
  const enable: PrivilegedAction = {
    request: async (_ask, stage) => await app.enrol(stage),
    entry: entry("enable"),
    isDone: async (ask) => (await isOn(ask)) === true,
  };
  const codes =
    "select group_concat(code_hash) as all_of_them from recovery_codes, accounts where account_id = accounts.id and name = ?";
  let former: unknown;
  return [
    creation(name),
    enable,
    {
      request: async (_ask, { data }) => {
        former = findRow(data, codes, name)?.all_of_them;
        const request = `POST ${path}/recovery-codes`;
        return { request, body: { code: await app.code() }, headers: app.headers };
      },
      entry: entry("recovery_codes.renew"),
      isDone: async (_ask, { data }) => findRow(data, codes, name)?.all_of_them !== former,
    },
    {
      request: async () => {
        const request = `DELETE ${path}`;
        return { request, body: { code: await app.code() }, headers: app.headers };
      },
      entry: entry("disable"),
      isDone: async (ask) => (await isOn(ask)) === false,
    },
    enable,
    {
      request: `DELETE /api/v1/users/${name}/two-factor`,
      entry: entry("reset"),
      isDone: async (ask) => (await isOn(ask)) === false,
    },
  ];
}

/** Of somebody who lost the phone. */
function recoveryActions(name: string): PrivilegedAction[] {
  const app = new Phone(name);
  const left =
    "select count(*) as n from recovery_codes, accounts where account_id = accounts.id and name = ?";
  return [
    creation(name),
    {
      request: async (_ask, stage) => await app.enrol(stage),
      entry: { action: "account.two_factor.enable", name },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${name}`)).body.hasTwoFactor === true,
    },
    {
      // A new list for each attempt: the answer with the one before may be what the kill took.
      request: async (_ask, stage) => {
        const body = { name, password: SENTENCE, code: await app.renew(stage) };
        return { request: "POST /api/v1/session", body, headers: { authorization: "" } };
      },
      entry: { action: "account.two_factor.recovery_code.use", name },
      isDone: async (_ask, { data }) => findRow(data, left, name)?.n === 9,
    },
  ];
}

/** An authenticator app, and the browser beside it. No code of it is shown twice. */
class Phone {
  readonly #name: string;
  #cookie = "";
  #app: ReturnType<typeof readOtpauth> | undefined;
  #usedStep = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get headers() {
    return { authorization: "", cookie: this.#cookie, "sec-fetch-site": "same-origin" };
  }

  /** Up to the code that turns it on. */
  async enrol({ url }: Stage) {
    const body = JSON.stringify({ name: this.#name, password: SENTENCE });
    const headers = { "content-type": "application/json" };
    const login = await fetch(`${url}/api/v1/session`, { method: "POST", body, headers });
    this.#cookie = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const path = "/api/v1/account/two-factor";
    const own = { cookie: this.#cookie, "sec-fetch-site": "same-origin" };
    const begun = await fetch(`${url}${path}`, { method: "POST", headers: own });
    this.#app = readOtpauth(((await begun.json()) as { uri: string }).uri);
    // A new secret: none of its codes was used.
    this.#usedStep = 0;
    const request = `POST ${path}/confirm`;
    return { request, body: { code: await this.code() }, headers: this.headers };
  }

  /** One of a new list of recovery codes. */
  async renew({ url }: Stage): Promise<string> {
    const path = "/api/v1/account/two-factor/recovery-codes";
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: {
        ...{ cookie: this.#cookie, "sec-fetch-site": "same-origin" },
        "content-type": "application/json",
      },
      body: JSON.stringify({ code: await this.code() }),
    });
    return ((await response.json()) as { recoveryCodes: string[] }).recoveryCodes[0] ?? "";
  }

  /** Of the oldest step that is taken and was not shown; waits for the next one if all were. */
  async code(): Promise<string> {
    for (;;) {
      const step = Math.floor(Date.now() / STEP_MS);
      const next = Math.max(step - 1, this.#usedStep + 1);
      if (next <= step + 1) {
        this.#usedStep = next;
        return this.#app?.codeAt(next * STEP_MS) ?? "";
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

/** By SCIM, and by a provider of OpenID Connect. */
function provisioningActions(name: string): PrivilegedAction[] {
  const headers = {
    authorization: `Bearer ${SCIM_TOKEN}`,
    "content-type": "application/scim+json",
  };
  const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
  const get = async (ask: Ask) => await ask(`GET /api/v1/users/${name}`);
  return [
    {
      request: async () => ({
        request: "POST /v2/scim/2.0/Users",
        body: { schemas, userName: `${name}@example.com` },
        headers,
      }),
      entry: { action: "account.create", name },
      isDone: async (ask) => (await get(ask)).status === 200,
    },
    {
      request: async (_ask, { data }) => {
        const id = findRow(data, "select id from accounts where name = ?", name)?.id;
        const body = { schemas, active: false };
        return { request: `PUT /v2/scim/2.0/Users/${id}`, body, headers };
      },
      entry: { action: "account.update", name },
      isDone: async (ask) => (await get(ask)).body.isDisabled === true,
    },
  ];
}
