import { randomUUID } from "node:crypto";
import { callerOf } from "../../harness/hub-api.ts";
import {
  type Ask,
  creation,
  findIn,
  findRow,
  holds,
  type PrivilegedAction,
  SENTENCE,
  type Stage,
} from "./privileged-action.ts";
import { recoveryActions, twoFactorActions } from "./second-factor-actions.ts";

const NEXT = "another long enough sentence";
const THIRD = "a sentence that came by a link";
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
      request: "PATCH /api/v1/account/mails",
      body: { officialImages: false },
      by,
      entry: { action: "account.mails.update", name: word },
      isDone: async (_ask, { url }) =>
        (await callerOf(url, by)("GET /api/v1/account/mails")).body.officialImages === false,
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
