import { pushEmptyBlob, ROOT } from "../../harness/hub-api.ts";
import { simulateRetention } from "../../harness/retention.ts";
import { buildInputActions } from "./build-input-actions.ts";
import { ciRuleActions } from "./ci-rule-actions.ts";
import {
  type Ask,
  findIn,
  findRow,
  holds,
  type PrivilegedAction,
  SENTENCE,
  type Wish,
} from "./privileged-action.ts";

const POLICY = "keep n: 1";
/** What the audit trail calls the kinds of rules. */
const WORDS = {
  immutable: "immutable.tags",
  protected: "protected.tags",
  format: "tag.format",
  aliases: "alias.tags",
  assembled: "assembled.tags",
} as const;

/** What an organization of its own holds, and what is said about it. */
export function contentActions(word: string): readonly PrivilegedAction[] {
  const organization = `c-${word}`;
  return [
    {
      request: "POST /api/v1/organizations",
      body: { name: organization },
      entry: { action: "org.create", name: organization },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/organizations/${organization}`)).status === 200,
    },
    ...machineActions(organization, { noun: "robots", deed: "org.robot" }),
    ...machineActions(organization, { noun: "tokens", deed: "org.access_token" }),
    ...ciRuleActions(organization, word),
    ...repositoryActions(organization),
    ...ruleActions(organization, word),
    ...overrideActions(`${organization}/app`, `v-${word}`),
    ...webhookActions(organization),
    ...policyActions(organization),
    ...retentionActions(`${organization}/app`),
    ...deletionActions(`${organization}/app`),
  ];
}

function machineActions(
  organization: string,
  { noun, deed }: { noun: "robots" | "tokens"; deed: "org.robot" | "org.access_token" },
): PrivilegedAction[] {
  const path = `/api/v1/organizations/${organization}/${noun}`;
  const label = `m-${organization}`;
  const find = async (ask: Ask) => findIn(await ask(`GET ${path}`), { label });
  const entry = (verb: "create" | "update" | "rotate" | "delete") =>
    ({ action: `${deed}.${verb}`, name: label }) as const;
  return [
    {
      request: `POST ${path}`,
      body: { label, resources: [{ repositories: `${organization}/*`, actions: ["pull"] }] },
      entry: entry("create"),
      isDone: async (ask) => (await find(ask)) !== undefined,
    },
    {
      request: async (ask) => `PATCH ${path}/${(await find(ask))?.id}`,
      body: { description: "what builds" },
      entry: entry("update"),
      isDone: async (ask) => (await find(ask))?.description === "what builds",
    },
    {
      request: async (ask) => `POST ${path}/${(await find(ask))?.id}/rotate`,
      body: {},
      entry: entry("rotate"),
      isDone: async (ask, { data }) => {
        const query = "select count(*) as n from machine_secrets where machine_id = ?";
        return findRow(data, query, String((await find(ask))?.id))?.n === 2;
      },
    },
    {
      request: async (ask) => `DELETE ${path}/${(await find(ask))?.id}`,
      entry: entry("delete"),
      isDone: async (ask) => (await find(ask)) === undefined,
    },
  ];
}

function repositoryActions(organization: string): PrivilegedAction[] {
  const name = `${organization}/app`;
  const path = `/api/v1/repositories/${name}`;
  const body = async (ask: Ask) => (await ask(`GET ${path}`)).body;
  return [
    {
      request: `PATCH /api/v1/namespaces/${organization}`,
      body: { defaultVisibility: "public" },
      entry: { action: "repo.default_visibility.update", name: organization },
      isDone: async (_ask, { data }) => {
        const query = "select default_visibility as seen from namespaces where name = ?";
        return findRow(data, query, organization)?.seen === "public";
      },
    },
    {
      request: "POST /api/v1/repositories",
      body: { name },
      entry: { action: "repo.create", name },
      isDone: async (ask) => (await ask(`GET ${path}`)).status === 200,
    },
    {
      request: `PUT /api/v1/build-rules/${name}`,
      body: { rules: [{ sourceType: "branch", source: "main", dockerTag: "latest" }] },
      entry: { action: "repo.build.rules.updated", name },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/build-rules/${name}`)).body.rules?.length === 1,
    },
    ...buildInputActions(name),
    {
      request: `PATCH ${path}`,
      body: { visibility: "public" },
      entry: { action: "repo.change_privacy", name },
      isDone: async (ask) => (await body(ask)).visibility === "public",
    },
    {
      request: `PUT /api/v1/repository-categories/${name}`,
      body: { categories: ["security"] },
      entry: { action: "repo.category.updated", name },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/repository-categories/${name}`)).body.categories?.length === 1,
    },
    {
      request: `PATCH ${path}`,
      body: { description: "what runs" },
      entry: { action: "repo.update", name },
      isDone: async (ask) => (await body(ask)).description === "what runs",
    },
    {
      request: `PATCH /api/v1/quotas/namespaces/${organization}`,
      body: { bytes: 1_000_000 },
      entry: { action: "quota.set", name: organization },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/quotas/namespaces/${organization}`)).body.bytes.limit === 1_000_000,
    },
    ...signerActions(organization),
    tagging(name, "v1"),
    tagging(name, "v2"),
    tagging(name, "build-1"),
  ];
}

const PEM =
  "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAERs2zwzLKBaR4OsL9GAnvxy88cAvJ\n+iAOZHT+bVVCfvlpaYwkoEhsY+glb4ysY7MRMU3rhuzJKVgxWYHHZkApKQ==\n-----END PUBLIC KEY-----\n";

function policyActions(organization: string): PrivilegedAction[] {
  const at = `/api/v1/pull-policies`;
  const query = `scope=${organization}&name=gate`;
  const name = `${organization}:gate`;
  const repository = `${organization}/app`;
  const find = async (ask: Ask) =>
    findIn(await ask(`GET ${at}?scope=${organization}`), { name: "gate" });
  const findException = async (ask: Ask) =>
    findIn(await ask(`GET ${at}/exceptions?${query}`), { reason: "urgent" });
  return [
    {
      request: `PUT ${at}?${query}`,
      body: { mode: "off", rules: { notEndOfLife: true } },
      entry: { action: "pull.policy.set", name },
      isDone: async (ask) => (await find(ask)) !== undefined,
    },
    {
      request: `POST ${at}/exceptions?${query}`,
      body: { repository, reason: "urgent", expiresInDays: 1 },
      entry: { action: "pull.policy.except", name },
      isDone: async (ask) => (await findException(ask)) !== undefined,
    },
    {
      request: async (ask) =>
        `DELETE ${at}/exceptions?${query}&id=${(await findException(ask))?.id}`,
      entry: { action: "pull.policy.exception.end", name },
      isDone: async (ask) => (await findException(ask)) === undefined,
    },
    {
      request: `DELETE ${at}?${query}`,
      entry: { action: "pull.policy.remove", name },
      isDone: async (ask) => (await find(ask)) === undefined,
    },
  ];
}

function signerActions(organization: string): PrivilegedAction[] {
  const path = `/api/v1/trusted-signers/${organization}`;
  const name = `${organization}/release`;
  const find = async (ask: Ask) => findIn(await ask(`GET ${path}`), { name });
  return [
    {
      request: `POST ${path}`,
      body: { name: "release", pem: PEM },
      entry: { action: "signing.trust.add", name },
      isDone: async (ask) => (await find(ask)) !== undefined,
    },
    {
      request: `DELETE ${path}/release`,
      entry: { action: "signing.trust.remove", name },
      isDone: async (ask) => (await find(ask)) === undefined,
    },
  ];
}

/** A manifest whose blobs are there already. */
function tagging(name: string, tag: string): PrivilegedAction {
  return {
    request: async (_ask, { url }) => await manifestOf(url, name, tag),
    entry: { action: "repo.tag.push", name: `${name}:${tag}` },
    isDone: async (ask) => (await ask(`GET /v2/${name}/manifests/${tag}`)).status === 200,
  };
}

async function manifestOf(url: string, name: string, tag: string): Promise<Wish> {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const config = await pushEmptyBlob(url, ROOT, name);
  const annotations = { "org.opencontainers.image.title": tag };
  return {
    request: `PUT /v2/${name}/manifests/${tag}`,
    body: { schemaVersion: 2, mediaType, config, layers: [config], annotations },
    headers: { "content-type": mediaType },
  };
}

/** Every kind of rule, at every place where one can be said. */
function ruleActions(organization: string, user: string): PrivilegedAction[] {
  const app = `${organization}/app`;
  const kinds = [
    ["immutable", { enabled: true, patterns: [`v-${organization}.*`] }],
    ["protected", { lines: [{ tags: `p-${organization}*`, push: ["admin"] }] }],
    ["format", { allow: ["semver"] }],
    ["aliases", { minor: true, major: true, latest: true }],
    ["assembled", { suffixes: ["amd64", "arm64"] }],
  ] as const;
  const places = [
    { noun: "repo", name: app, path: `/api/v1/tag-rules/${app}` },
    { noun: "org", name: organization, path: `/api/v1/namespaces/${organization}/tag-rules` },
    { noun: "account", name: user, path: `/api/v1/namespaces/${user}/tag-rules` },
    { noun: "hub", name: "hub", path: "/api/v1/tag-rules" },
  ] as const;
  return places.flatMap(({ noun, name, path }) =>
    kinds.flatMap(([kind, rule]): PrivilegedAction[] => {
      const entry = { action: `${noun}.${WORDS[kind]}.updated`, name } as const;
      const isSaid = async (ask: Ask) => (await ask(`GET ${path}`)).body.own[kind] !== undefined;
      const request = `PUT ${path}`;
      return [
        { request, body: { [kind]: rule }, entry, isDone: isSaid },
        { request, body: { [kind]: null }, entry, isDone: async (ask) => !(await isSaid(ask)) },
      ];
    }),
  );
}

/** Asked for by one owner and approved by the administrator. */
function overrideActions(repository: string, owner: string): PrivilegedAction[] {
  const [organization = ""] = repository.split("/");
  const by = { name: owner, password: SENTENCE };
  const path = "/api/v1/tag-overrides";
  const find = async (ask: Ask) => findIn(await ask(`GET ${path}/of/${repository}`), { tag: "v1" });
  const members = `/api/v1/organizations/${organization}/members`;
  const entry = (deed: "ask" | "approve" | "withdraw") =>
    ({ action: `repo.tag.override.${deed}`, account: organization }) as const;
  return [
    {
      request: "POST /api/v1/users",
      body: by,
      entry: { action: "account.create", name: owner },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${owner}`)).status === 200,
    },
    {
      request: `PUT ${members}/${owner}`,
      body: { role: "owner" },
      entry: { action: "org.member.add", name: owner },
      isDone: async (ask) => holds(await ask(`GET ${members}`), { name: owner }),
    },
    {
      request: `POST ${path}`,
      body: { repository, tag: "v1", reason: "a wrong build" },
      by,
      entry: entry("ask"),
      isDone: async (ask) => (await find(ask)) !== undefined,
    },
    {
      request: async (ask) => `POST ${path}/${(await find(ask))?.id}/approve`,
      entry: entry("approve"),
      isDone: async (ask) => (await find(ask))?.approvedBy !== undefined,
    },
    {
      request: async (ask) => `DELETE ${path}/${(await find(ask))?.id}`,
      entry: entry("withdraw"),
      isDone: async (ask) => (await find(ask)) === undefined,
    },
  ];
}

function webhookActions(organization: string): PrivilegedAction[] {
  const path = "/api/v1/webhooks";
  const find = async (ask: Ask) =>
    findIn(await ask(`GET ${path}?namespace=${organization}`), { label: "ears" });
  const entry = (deed: "create" | "update" | "delete") =>
    ({ action: `webhook.${deed}`, account: organization }) as const;
  return [
    {
      request: `POST ${path}`,
      body: { namespace: organization, label: "ears", url: "https://hooks.invalid/" },
      entry: entry("create"),
      isDone: async (ask) => (await find(ask)) !== undefined,
    },
    {
      request: async (ask) => `PATCH ${path}/${(await find(ask))?.id}`,
      body: { isActive: false },
      entry: entry("update"),
      isDone: async (ask) => (await find(ask))?.isActive === false,
    },
    {
      request: async (ask) => `DELETE ${path}/${(await find(ask))?.id}`,
      entry: entry("delete"),
      isDone: async (ask) => (await find(ask)) === undefined,
    },
  ];
}

function retentionActions(name: string): PrivilegedAction[] {
  const path = `/api/v1/retention/repositories/${name}`;
  const runs = "/api/v1/retention/runs";
  const scope = { kind: "repository", name };
  const isSet = async (ask: Ask) => ((await ask(`GET ${path}`)).body.own as unknown[]).length === 1;
  const last = async (ask: Ask) =>
    (await ask(`GET ${runs}?kind=repository&name=${encodeURIComponent(name)}`)).body.items[0];
  const entry = (deed: "policy.set" | "policy.remove" | "run.start" | "run.undo") =>
    ({ action: `retention.${deed}`, name }) as const;
  return [
    {
      request: async (_ask, { url }) => {
        const { report } = await simulateRetention(url, ROOT, { scope, policy: POLICY });
        return { request: `PUT ${path}`, body: { policy: POLICY, simulation: report.simulation } };
      },
      entry: entry("policy.set"),
      isDone: isSet,
    },
    {
      request: `POST ${runs}`,
      body: { scope },
      entry: entry("run.start"),
      isDone: async (ask) => (await last(ask)) !== undefined,
    },
    {
      request: async (ask) => {
        let run = await last(ask);
        while (["waiting", "running"].includes(run.state)) run = await last(ask);
        return `POST ${runs}/${run.id}/undo`;
      },
      entry: entry("run.undo"),
      isDone: async (ask) => ["undoing", "undone"].includes((await last(ask)).state),
    },
    {
      request: `DELETE ${path}`,
      entry: entry("policy.remove"),
      isDone: async (ask) => !(await isSet(ask)),
    },
  ];
}

function deletionActions(name: string): PrivilegedAction[] {
  const path = `/v2/${name}/manifests`;
  return [
    tagging(name, "doomed"),
    {
      request: `DELETE ${path}/doomed`,
      entry: { action: "repo.tag.delete", name: `${name}:doomed` },
      isDone: async (ask) => (await ask(`GET ${path}/doomed`)).status === 404,
    },
    tagging(name, "last"),
    {
      request: async (ask) => {
        const { headers } = await ask(`HEAD ${path}/last`);
        return `DELETE ${path}/${headers.get("docker-content-digest")}`;
      },
      entry: { action: "repo.manifest.delete", account: name.split("/")[0] ?? "" },
      isDone: async (ask) => (await ask(`GET ${path}/last`)).status === 404,
    },
  ];
}
