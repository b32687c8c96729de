import type { ApiAnswer } from "../../harness/hub-api.ts";
import {
  type Ask,
  findIn,
  findRow,
  holds,
  type PrivilegedAction,
  SENTENCE,
} from "./privileged-action.ts";

const WEEK_MS = 7 * 24 * 3_600_000;

/** Organizations, their people and rights, and what moves between them; `word` is a user who is there. */
export function organizationActions(word: string): readonly PrivilegedAction[] {
  return [
    ...growingActions(word),
    ...moveActions(word),
    ...endings(word),
    ...organizationInvitationActions(word),
  ];
}

function growingActions(word: string): PrivilegedAction[] {
  const organization = `/api/v1/organizations/o-${word}`;
  const rights = `/api/v1/namespaces/o-${word}/rights`;
  const defaults = `/api/v1/namespaces/o-${word}/default-rights`;
  const repository = `o-${word}/app`;
  return [
    {
      request: "POST /api/v1/organizations",
      body: { name: `o-${word}` },
      entry: { action: "org.create", name: `o-${word}` },
      isDone: async (ask) => (await ask(`GET ${organization}`)).status === 200,
    },
    {
      request: `PUT ${organization}/members/${word}`,
      body: { role: "member" },
      entry: { action: "org.member.add", name: word },
      isDone: async (ask) => holds(await ask(`GET ${organization}/members`), { name: word }),
    },
    {
      request: `PUT ${organization}/members/${word}`,
      body: { role: "contributor" },
      entry: { action: "org.member.role.change", name: word },
      isDone: async (ask) =>
        holds(await ask(`GET ${organization}/members`), { name: word, role: "contributor" }),
    },
    {
      request: `POST ${organization}/roles`,
      body: { name: `r-${word}`, permissions: ["member.read"] },
      entry: { action: "org.customrole.create", name: `r-${word}` },
      isDone: async (ask) => holds(await ask(`GET ${organization}/roles`), { name: `r-${word}` }),
    },
    {
      request: `PATCH ${organization}/roles/r-${word}`,
      body: { permissions: ["member.read", "team.read"] },
      entry: { action: "org.customrole.update", name: `r-${word}` },
      isDone: async (ask) =>
        JSON.stringify(
          findIn(await ask(`GET ${organization}/roles`), { name: `r-${word}` })?.permissions,
        ).includes("team.read"),
    },
    {
      request: `POST ${organization}/teams`,
      body: { name: `t-${word}` },
      entry: { action: "org.team.create", name: `t-${word}` },
      isDone: async (ask) => holds(await ask(`GET ${organization}/teams`), { name: `t-${word}` }),
    },
    {
      request: `PATCH ${organization}/teams/t-${word}`,
      body: { description: "who builds" },
      entry: { action: "org.team.update", name: `t-${word}` },
      isDone: async (ask) =>
        holds(await ask(`GET ${organization}/teams`), { description: "who builds" }),
    },
    {
      request: `PUT ${organization}/teams/t-${word}/members/${word}`,
      entry: { action: "org.team.member.add", name: `t-${word}/${word}` },
      isDone: async (ask) => holds(await ask(`GET ${organization}/teams`), { members: 1 }),
    },
    {
      request: "POST /api/v1/repositories",
      body: { name: repository },
      entry: { action: "repo.create", name: repository },
      isDone: async (ask) => (await ask(`GET /api/v1/repositories/${repository}`)).status === 200,
    },
    {
      request: `PUT ${rights}`,
      body: { team: `t-${word}`, repository, actions: ["push"] },
      entry: { action: "repo.right.give", name: repository },
      isDone: async (ask) => holds(await ask(`GET ${rights}`), { repository }),
    },
    {
      request: `PUT ${defaults}`,
      body: { team: `t-${word}`, actions: ["pull"] },
      entry: { action: "repo.default_right.give", name: `t-${word}` },
      isDone: async (ask) => holds(await ask(`GET ${defaults}`), { team: `t-${word}` }),
    },
    {
      // A repository that appears has the rights that it comes with, or is not there.
      request: "POST /api/v1/repositories",
      body: { name: `${repository}-too` },
      entry: { action: "repo.create", name: `${repository}-too` },
      isDone: async (ask) =>
        holds(await ask(`GET ${rights}`), { repository: `${repository}-too`, team: `t-${word}` }),
    },
    {
      request: `DELETE ${defaults}?team=t-${word}`,
      entry: { action: "repo.default_right.take", name: `t-${word}` },
      isDone: async (ask) => !holds(await ask(`GET ${defaults}`), { team: `t-${word}` }),
    },
  ];
}

/** Of things of their own, so that what follows finds its names where they were. */
function moveActions(word: string): PrivilegedAction[] {
  const organization = `o-${word}`;
  const [first, second] = [`${organization}/moving`, `${organization}/moved`];
  const found = (name: string) => `GET /api/v1/repositories/${name}`;
  const isCalled = (name: string) => async (ask: Ask) =>
    (await ask(found(name))).body.name === name;
  const isThere = (name: string) => async (ask: Ask) =>
    (await ask(`GET /api/v1/organizations/${name}`)).body.name === name;
  return [
    {
      request: `PUT /v2/orgs/${organization}/settings`,
      body: {
        restricted_images: {
          enabled: true,
          allow_official_images: true,
          allow_verified_publishers: false,
        },
      },
      entry: { action: "org.settings.update", name: organization },
      isDone: async (ask) =>
        (await ask(`GET /v2/orgs/${organization}/settings`)).body.restricted_images.enabled,
    },
    {
      request: "POST /api/v1/repositories",
      body: { name: first },
      entry: { action: "repo.create", name: first },
      isDone: isCalled(first),
    },
    {
      request: "POST /api/v1/repository-moves",
      body: { from: first, to: second },
      entry: { action: "repo.rename", name: first },
      isDone: isCalled(second),
    },
    {
      request: "POST /api/v1/repository-moves",
      body: { from: second, to: `${word}/moved` },
      entry: { action: "repo.transfer", name: second },
      isDone: isCalled(`${word}/moved`),
    },
    {
      request: `DELETE /api/v1/repositories/${word}/moved`,
      entry: { action: "repo.delete", name: `${word}/moved` },
      isDone: async (ask) => (await ask(found(`${word}/moved`))).status === 404,
    },
    {
      request: "POST /api/v1/organizations",
      body: { name: `e-${word}` },
      entry: { action: "org.create", name: `e-${word}` },
      isDone: isThere(`e-${word}`),
    },
    {
      request: `POST /api/v1/namespaces/e-${word}/rename`,
      body: { name: `k-${word}` },
      entry: { action: "org.rename", name: `k-${word}` },
      isDone: isThere(`k-${word}`),
    },
    {
      request: `DELETE /api/v1/organizations/k-${word}`,
      entry: { action: "org.delete", name: `k-${word}` },
      isDone: async (ask) => (await ask(`GET /api/v1/organizations/k-${word}`)).status === 404,
    },
    {
      request: `POST /api/v1/namespaces/${word}/rename`,
      body: { name: `${word}x` },
      entry: { action: "account.rename", name: `${word}x` },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${word}x`)).status === 200,
    },
    {
      request: `POST /api/v1/namespaces/${word}x/rename`,
      body: { name: word },
      entry: { action: "account.rename", name: word },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${word}`)).status === 200,
    },
  ];
}

function endings(word: string): PrivilegedAction[] {
  const organization = `/api/v1/organizations/o-${word}`;
  const rights = `/api/v1/namespaces/o-${word}/rights`;
  const repository = `o-${word}/app`;
  const gone = (answer: ApiAnswer, wanted: Readonly<Record<string, unknown>>) =>
    !holds(answer, wanted);
  return [
    {
      request: `DELETE ${rights}?team=t-${word}&repository=${repository}`,
      entry: { action: "repo.right.take", name: repository },
      isDone: async (ask) => gone(await ask(`GET ${rights}`), { repository }),
    },
    {
      request: `DELETE ${organization}/roles/r-${word}`,
      entry: { action: "org.customrole.delete", name: `r-${word}` },
      isDone: async (ask) => gone(await ask(`GET ${organization}/roles`), { name: `r-${word}` }),
    },
    {
      request: `DELETE ${organization}/teams/t-${word}/members/${word}`,
      entry: { action: "org.team.member.remove", name: `t-${word}/${word}` },
      isDone: async (ask) => holds(await ask(`GET ${organization}/teams`), { members: 0 }),
    },
    {
      request: `DELETE ${organization}/teams/t-${word}`,
      entry: { action: "org.team.delete", name: `t-${word}` },
      isDone: async (ask) => gone(await ask(`GET ${organization}/teams`), { name: `t-${word}` }),
    },
    {
      request: `DELETE ${organization}/members/${word}`,
      entry: { action: "org.member.remove", name: word },
      isDone: async (ask) => gone(await ask(`GET ${organization}/members`), { name: word }),
    },
  ];
}

/** Of somebody who is no member yet, and of an address. */
function organizationInvitationActions(word: string): PrivilegedAction[] {
  const organization = `/api/v1/organizations/o-${word}`;
  const path = `${organization}/invitations`;
  const email = `${word}@example.org`;
  const guest = `g-${word}`;
  const by = { name: guest, password: SENTENCE };
  const find = async (ask: Ask, invitee: string) =>
    ((await ask(`GET ${path}?limit=1000`)).body.items as { id: string; invitee: string }[]).find(
      (one) => one.invitee === invitee,
    );
  return [
    {
      request: "POST /api/v1/users",
      body: by,
      entry: { action: "account.create", name: guest },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${guest}`)).status === 200,
    },
    {
      request: `POST ${path}`,
      body: { invitees: [guest] },
      entry: { action: "org.member.invite.send", name: guest },
      isDone: async (ask) => (await find(ask, guest)) !== undefined,
    },
    {
      request: `POST ${path}`,
      body: { invitees: [email] },
      entry: { action: "org.member.invite.send", name: email },
      isDone: async (ask) => (await find(ask, email)) !== undefined,
    },
    {
      request: async (ask) => `POST ${path}/${(await find(ask, email))?.id}/resend`,
      entry: { action: "org.member.invite.resend", name: email },
      isDone: async (_ask, { data }) => wasRenewed(data, email),
    },
    {
      request: async (ask) => `DELETE ${path}/${(await find(ask, email))?.id}`,
      entry: { action: "org.member.invite.cancel", name: email },
      isDone: async (ask) => (await find(ask, email)) === undefined,
    },
    {
      request: async (ask) =>
        `POST /api/v1/account/invitations/${(await find(ask, guest))?.id}/accept`,
      by,
      entry: { action: "org.member.invite.accept", name: guest },
      isDone: async (ask) =>
        (await find(ask, guest)) === undefined &&
        holds(await ask(`GET ${organization}/members`), { name: guest }),
    },
    {
      request: `DELETE ${organization}/members/${guest}`,
      entry: { action: "org.member.remove", name: guest },
      isDone: async (ask) => !holds(await ask(`GET ${organization}/members`), { name: guest }),
    },
    {
      request: `POST ${path}`,
      body: { invitees: [guest] },
      entry: { action: "org.member.invite.send", name: guest },
      isDone: async (ask) => (await find(ask, guest)) !== undefined,
    },
    {
      request: async (ask) => `DELETE /api/v1/account/invitations/${(await find(ask, guest))?.id}`,
      by,
      entry: { action: "org.member.invite.decline", name: guest },
      isDone: async (ask) => (await find(ask, guest)) === undefined,
    },
  ];
}

/** Whether it was sent again, so that it ends later than a week after it was made. */
function wasRenewed(data: string, email: string): boolean {
  const query =
    "select expires_at - created_at as lasts from organization_invitations where email = ?";
  return Number(findRow(data, query, email)?.lasts) > WEEK_MS;
}
