import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ApiAnswer } from "../harness/hub-api.ts";

type Ask = (request: string, body?: unknown) => Promise<ApiAnswer>;

/** Something that changes who may do what, its entry in the audit trail, and how to see whether it was done. */
export interface PrivilegedAction {
  /** Some are about what the hub gave an id. */
  readonly request: string | ((ask: Ask) => Promise<string>);
  readonly body?: unknown;
  readonly entry: { readonly action: string; readonly name: string };
  /** Who asks for it; the first administrator without one. */
  readonly by?: { readonly name: string; readonly password: string };
  /** `data` is the folder of the hub, for what no answer shows. */
  readonly isDone: (ask: Ask, data: string) => Promise<boolean>;
}

const WEEK_MS = 7 * 24 * 3_600_000;
const SENTENCE = "a long enough sentence";

/** One of each kind, in an order in which each finds what it needs; `word` makes their names this round's own. */
export function privilegedActions(word: string): readonly PrivilegedAction[] {
  return [
    ...peopleActions(word),
    ...invitationActions(word),
    ...organizationActions(word),
    ...moveActions(word),
    ...endings(word),
    ...organizationInvitationActions(word),
    ...lastEndings(word),
  ];
}

function peopleActions(word: string): PrivilegedAction[] {
  const user = `/api/v1/users/${word}`;
  return [
    {
      request: "POST /api/v1/users",
      body: { name: word, password: SENTENCE },
      entry: { action: "account.create", name: word },
      isDone: async (ask) => (await ask(`GET ${user}`)).status === 200,
    },
    {
      request: `PATCH ${user}`,
      body: { role: "auditor" },
      entry: { action: "account.update", name: word },
      isDone: async (ask) => (await ask(`GET ${user}`)).body.role === "auditor",
    },
    {
      request: "POST /api/v1/account/tokens",
      body: { label: word, scopes: ["repo:read"] },
      entry: { action: "access_token.create", name: word },
      isDone: async (ask) => holds(await ask("GET /api/v1/account/tokens"), { label: word }),
    },
  ];
}

function invitationActions(word: string): PrivilegedAction[] {
  const email = `${word}@example.com`;
  const find = async (ask: Ask) => {
    const { items } = (await ask("GET /api/v1/invitations?limit=1000")).body;
    return (items as readonly { email: string; id: string; expiresAt: string }[]).find(
      (one) => one.email === email,
    );
  };
  return [
    {
      request: "POST /api/v1/invitations",
      body: { email, role: "auditor" },
      entry: { action: "invitation.create", name: email },
      isDone: async (ask) => (await find(ask)) !== undefined,
    },
    {
      request: async (ask) => `DELETE /api/v1/invitations/${(await find(ask))?.id}`,
      entry: { action: "invitation.withdraw", name: email },
      isDone: async (ask) => (await find(ask)) === undefined,
    },
    {
      request: `POST /api/v1/users/${word}/password-reset`,
      entry: { action: "account.password.reset.issue", name: word },
      isDone: async (_ask, data) => hasLinkTo(data, word),
    },
  ];
}

/** Whether there is a link to a new password, which no answer tells. */
function hasLinkTo(data: string, name: string): boolean {
  using database = new DatabaseSync(join(data, "berth.db"), { readOnly: true });
  const links = database.prepare(
    "select 1 from one_time_links, accounts where purpose = 'password' and subject = accounts.id and name = ?",
  );
  return links.get(name) !== undefined;
}

function organizationActions(word: string): PrivilegedAction[] {
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
      request: `POST ${organization}/teams`,
      body: { name: `t-${word}` },
      entry: { action: "org.team.create", name: `t-${word}` },
      isDone: async (ask) => holds(await ask(`GET ${organization}/teams`), { name: `t-${word}` }),
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
      request: `PATCH /api/v1/repositories/${repository}`,
      body: { visibility: "public" },
      entry: { action: "repo.change_privacy", name: repository },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/repositories/${repository}`)).body.visibility === "public",
    },
    {
      request: `PUT /api/v1/tag-rules/${repository}`,
      body: { immutable: { enabled: true, patterns: ["v.*"] } },
      entry: { action: "repo.immutable.tags.updated", name: repository },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/tag-rules/${repository}`)).body.immutable.enabled,
    },
    {
      request: `PUT /api/v1/tag-rules/${repository}`,
      body: { protected: { lines: [{ tags: "v*", push: [word] }] } },
      entry: { action: "repo.protected.tags.updated", name: repository },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/tag-rules/${repository}`)).body.protected.lines.length === 1,
    },
    {
      request: `PUT /api/v1/tag-rules/${repository}`,
      body: { aliases: { minor: true, major: true, latest: true } },
      entry: { action: "repo.alias.tags.updated", name: repository },
      isDone: async (ask) => (await ask(`GET /api/v1/tag-rules/${repository}`)).body.aliases.latest,
    },
    {
      request: `PUT /api/v1/tag-rules/${repository}`,
      body: { assembled: { suffixes: ["amd64", "arm64"] } },
      entry: { action: "repo.assembled.tags.updated", name: repository },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/tag-rules/${repository}`)).body.assembled.suffixes.length === 2,
    },
    {
      request: `PUT /api/v1/namespaces/o-${word}/tag-rules`,
      body: { format: { allow: ["semver"] } },
      entry: { action: "org.tag.format.updated", name: `o-${word}` },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/namespaces/o-${word}/tag-rules`)).body.own.format !== undefined,
    },
    {
      request: `PATCH /api/v1/quotas/namespaces/o-${word}`,
      body: { bytes: 1_000_000 },
      entry: { action: "quota.set", name: `o-${word}` },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/quotas/namespaces/o-${word}`)).body.bytes.limit === 1_000_000,
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
    {
      request: `POST ${organization}/robots`,
      body: { label: word, resources: [{ repositories: repository, actions: ["pull"] }] },
      entry: { action: "org.robot.create", name: word },
      isDone: async (ask) => holds(await ask(`GET ${organization}/robots`), { label: word }),
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
      request: `DELETE /api/v1/repositories/${second}`,
      entry: { action: "repo.delete", name: second },
      isDone: async (ask) => (await ask(found(second))).status === 404,
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
      isDone: async (_ask, data) => wasRenewed(data, email),
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
  ];
}

/** Whether it was sent again, so that it ends later than a week after it was made. */
function wasRenewed(data: string, email: string): boolean {
  using database = new DatabaseSync(join(data, "berth.db"), { readOnly: true });
  const row = database
    .prepare(
      "select expires_at - created_at as lasts from organization_invitations where email = ?",
    )
    .get(email);
  return Number(row?.lasts) > WEEK_MS;
}

function lastEndings(word: string): PrivilegedAction[] {
  return [
    {
      request: `DELETE /api/v1/users/${word}`,
      entry: { action: "account.delete", name: word },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${word}`)).status === 404,
    },
  ];
}

function holds({ body }: ApiAnswer, wanted: Readonly<Record<string, unknown>>): boolean {
  const items = (body?.items ?? []) as Readonly<Record<string, unknown>>[];
  return items.some((item) => Object.entries(wanted).every(([key, value]) => item[key] === value));
}
