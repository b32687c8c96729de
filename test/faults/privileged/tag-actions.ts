import { createHash } from "node:crypto";
import { type Ask, type PrivilegedAction, SENTENCE } from "./privileged-action.ts";

/** An index of nothing, which needs no layers; each title makes another. */
function indexCalled(title: string) {
  return {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [],
    annotations: { "org.opencontainers.image.title": title },
  };
}

function digestOf(body: object): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(body)).digest("hex")}`;
}

/** What is done to tags with more than the right to push, in a repository of its own. */
export function tagActions(word: string): PrivilegedAction[] {
  const organization = `/api/v1/organizations/x-${word}`;
  const repository = `x-${word}/tagged`;
  const manifests = `/v2/${repository}/manifests`;
  const overrides = "/api/v1/tag-overrides";
  const second = { name: `y-${word}`, password: SENTENCE };
  const [first, other, deleted] = ["first", "other", "deleted"].map(indexCalled) as [
    object,
    object,
    object,
  ];
  const names = (ask: Ask, reference: string) => ask(`GET ${manifests}/${reference}`);
  const isThere = async (ask: Ask, reference: string) =>
    (await names(ask, reference)).status === 200;
  const listOpen = async (ask: Ask) =>
    (await ask(`GET ${overrides}/of/${repository}`)).body.items as {
      id: string;
      approvedBy?: string;
    }[];
  return [
    {
      request: "POST /api/v1/organizations",
      body: { name: `x-${word}` },
      entry: { action: "org.create", name: `x-${word}` },
      isDone: async (ask) => (await ask(`GET ${organization}`)).status === 200,
    },
    {
      request: "POST /api/v1/users",
      body: second,
      entry: { action: "account.create", name: second.name },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${second.name}`)).status === 200,
    },
    {
      request: `PUT ${organization}/members/${second.name}`,
      body: { role: "owner" },
      entry: { action: "org.member.add", name: second.name },
      isDone: async (ask) =>
        JSON.stringify((await ask(`GET ${organization}/members`)).body).includes(second.name),
    },
    {
      // The other tag is moved once more below.
      request: `PUT ${manifests}/${digestOf(first)}?tag=1.0.0&tag=0.1.0`,
      body: first,
      entry: { action: "repo.tag.push", name: `${repository}:0.1.0` },
      isDone: (ask) => isThere(ask, "1.0.0"),
    },
    {
      request: `PUT /api/v1/tag-rules/${repository}`,
      body: { immutable: { enabled: true, patterns: ["1\\..*"] } },
      entry: { action: "repo.immutable.tags.updated", name: repository },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/tag-rules/${repository}`)).body.immutable?.enabled === true,
    },
    {
      request: `POST ${overrides}`,
      body: { repository, tag: "1.0.0", reason: "a key is in it" },
      entry: { action: "repo.tag.override.ask", name: `${repository}:1.0.0` },
      isDone: async (ask) => (await listOpen(ask)).length === 1,
    },
    {
      request: async (ask) => `POST ${overrides}/${(await listOpen(ask))[0]?.id}/approve`,
      by: second,
      entry: { action: "repo.tag.override.approve", name: `${repository}:1.0.0` },
      isDone: async (ask) => (await listOpen(ask))[0]?.approvedBy !== undefined,
    },
    {
      request: `PUT ${manifests}/1.0.0`,
      body: other,
      entry: { action: "repo.tag.override.use", name: `${repository}:1.0.0` },
      isDone: async (ask) =>
        JSON.stringify((await names(ask, "1.0.0")).body) === JSON.stringify(other),
    },
    {
      request: `POST /api/v1/tag-restorations/${repository}`,
      body: { tag: "2.0.0", digest: digestOf(first) },
      entry: { action: "repo.tag.push", name: `${repository}:2.0.0` },
      isDone: (ask) => isThere(ask, "2.0.0"),
    },
    {
      request: async (ask) => {
        await ask(`PUT ${manifests}/${digestOf(deleted)}`, deleted);
        return `DELETE ${manifests}/${digestOf(deleted)}`;
      },
      entry: { action: "repo.manifest.delete", name: `${repository}@${digestOf(deleted)}` },
      isDone: async (ask) => {
        const { items } = (await ask(`GET /api/v1/trash/manifests/${repository}`)).body;
        return JSON.stringify(items).includes(digestOf(deleted));
      },
    },
    {
      request: `POST /api/v1/trash/manifests/${repository}`,
      body: { digest: digestOf(deleted) },
      entry: { action: "repo.manifest.restore", name: `${repository}@${digestOf(deleted)}` },
      isDone: (ask) => isThere(ask, digestOf(deleted)),
    },
  ];
}
