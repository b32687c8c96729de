import { z } from "zod";
import {
  buildPayload,
  quotaPayload,
  retentionPayload,
  scanPayload,
} from "../../contract/events.ts";
import type { EventKind, Facts, Happening } from "./happening.ts";

const asker = {
  actor: z.string(),
  address: z.string().optional(),
  client: z.string().optional(),
  host: z.string().optional(),
  requestId: z.string().optional(),
};
const place = {
  repositoryId: z.number().optional(),
  namespaceId: z.number().optional(),
  isPublic: z.boolean().optional(),
};
const manifest = {
  repository: z.string(),
  ...place,
  digest: z.string(),
  mediaType: z.string().optional(),
  size: z.number().optional(),
  ...asker,
};
const anything = z.record(z.string(), z.unknown());
const deed = z.object({
  account: z.string(),
  name: z.string(),
  action: z.string(),
  before: anything.optional(),
  after: anything.optional(),
  ...asker,
});
const repositoryDeed = z.looseObject({
  repository: z.string(),
  formerName: z.string().optional(),
  ...place,
  ...asker,
});
const namespaceDeed = z.object({
  namespace: z.string(),
  formerName: z.string(),
  namespaceId: z.number(),
  ...asker,
});

interface Topic {
  readonly kind: EventKind;
  /** Throws when the payload is not what the topic's writers write. */
  readonly read: (payload: unknown) => Facts;
}

/**
 * Every event that somebody can be told of, by its topic in the outbox: its kind, and how its payload is read. What is written
 * to the outbox and stands here is delivered, in every format that has a word for its kind; nothing else has to change.
 */
const TOPICS: ReadonlyMap<string, Topic> = new Map<string, Topic>([
  [
    "manifest.pushed",
    topic(
      "push",
      z.object({
        ...manifest,
        tags: z.array(z.string()),
        references: z.array(z.unknown()).optional(),
      }),
      (pushed) => aboutRepository(pushed),
    ),
  ],
  [
    "manifest.pulled",
    topic("pull", z.object({ ...manifest, tags: z.array(z.string()).optional() }), (pulled) =>
      aboutRepository(pulled),
    ),
  ],
  [
    "manifest.deleted",
    topic("delete", z.object({ ...manifest, tags: z.array(z.string()) }), (gone) =>
      aboutRepository(gone),
    ),
  ],
  [
    "tag.deleted",
    topic("delete", z.object({ ...manifest, tag: z.string() }), ({ digest: _, tag, ...rest }) =>
      aboutRepository({ ...rest, tags: [tag] }),
    ),
  ],
  [
    "tag.moved",
    topic(
      "tag-moved",
      z.object({ ...manifest, tag: z.string(), from: z.string() }),
      ({ tag, ...rest }) => aboutRepository({ ...rest, tags: [tag] }),
    ),
  ],
  ["member.changed", topic("member", deed, aboutAccount)],
  ["right.changed", topic("right", deed, aboutAccount)],
  ["repository.created", topic("repository", repositoryDeed, aboutItself)],
  ["repository.changed", topic("repository", repositoryDeed, aboutItself)],
  ["repository.renamed", topic("repository", repositoryDeed, aboutItself)],
  ["repository.deleted", topic("repository", repositoryDeed, aboutItself)],
  ["namespace.renamed", topic("namespace", namespaceDeed, aboutNamespace)],
  ["quota.warning", topic("quota-warning", quotaPayload, aboutQuota)],
  ["quota.exceeded", topic("quota-exceeded", quotaPayload, aboutQuota)],
  [
    "retention.removed",
    topic("retention-removed", retentionPayload, ({ repository, repositoryId, tag, ...rest }) => {
      const { digest, actor, ...details } = rest;
      const tags = tag === undefined ? [] : [tag];
      return {
        ...aboutRepository({ repository, repositoryId, digest, actor, tags }),
        details,
      };
    }),
  ],
  ["scan.completed", topic("scan", scanPayload, aboutScan)],
  ["scan.failed", topic("scan", scanPayload, aboutScan)],
  ["vulnerability.found", topic("vulnerability", scanPayload, aboutScan)],
  ["official.attention", topic("vulnerability", scanPayload, aboutScan)],
  ...["build.queued", "build.started", "build.succeeded", "build.failed"].map(
    (name) => [name, topic("build", buildPayload, aboutBuild)] as const,
  ),
  ...["blob.pushed", "blob.mounted", "blob.deleted"].map(
    (name) =>
      [
        name,
        topic("blob", z.object({ ...manifest, fromRepository: z.string().optional() }), (blob) =>
          aboutRepository({ ...blob, from: blob.fromRepository }),
        ),
      ] as const,
  ),
]);

/** Undefined for events that nobody is told of. Throws when the event is not as it has to be. */
export function toHappening(row: {
  readonly id: number;
  readonly topic: string;
  readonly payload: string;
  readonly created_at: number;
}): Happening | undefined {
  const found = TOPICS.get(row.topic);
  if (found === undefined) return undefined;
  const facts = found.read(JSON.parse(row.payload));
  const at = new Date(row.created_at);
  return { ...facts, id: String(row.id), topic: row.topic, kind: found.kind, at };
}

function topic<Payload>(
  kind: EventKind,
  schema: z.ZodType<Payload>,
  read: (payload: Payload) => Facts,
): Topic {
  return { kind, read: (payload) => read(schema.parse(payload)) };
}

function aboutRepository(
  facts: Omit<Facts, "repository" | "account" | "name" | "tags" | "details"> & {
    readonly repository: string;
    readonly tags?: readonly string[] | undefined;
  },
): Facts {
  const { repository, tags = [] } = facts;
  return { ...facts, account: accountOf(repository), name: repository, tags, details: {} };
}

/** A deed of the audit trail. Those about a repository are for its hooks too. */
function aboutAccount({ action, before, after, ...rest }: z.output<typeof deed>): Facts {
  const isPattern = !rest.name.startsWith(`${rest.account}/`) || rest.name.includes("*");
  return {
    ...rest,
    ...(isPattern ? {} : { repository: rest.name }),
    tags: [],
    details: { action, ...(before && { before }), ...(after && { after }) },
  };
}

/** A repository as such: what became of it is in the words of whoever wrote the event. */
function aboutItself(payload: z.output<typeof repositoryDeed>): Facts {
  const { repository, actor, address, client, host, requestId, ...rest } = payload;
  const { repositoryId, namespaceId, isPublic, ...details } = rest;
  return {
    ...{ repository, repositoryId, namespaceId, isPublic, actor, address, client, host, requestId },
    ...{ from: rest.formerName, details },
    account: accountOf(repository),
    name: repository,
    tags: [],
  };
}

function aboutNamespace(payload: z.output<typeof namespaceDeed>): Facts {
  const { namespace, formerName, ...rest } = payload;
  const details = { formerName };
  return { ...rest, account: namespace, name: namespace, from: formerName, tags: [], details };
}

function aboutQuota(payload: z.output<typeof quotaPayload>): Facts {
  const { actor, namespaceId, repositoryId, ...details } = payload;
  const { scope } = details;
  return {
    ...{ actor, namespaceId, repositoryId, details },
    ...(scope.includes("/") ? { repository: scope } : {}),
    account: accountOf(scope),
    name: scope,
    tags: [],
  };
}

function accountOf(repository: string): string {
  return repository.split("/", 1)[0] ?? "";
}

function aboutBuild(build: z.output<typeof buildPayload>): Facts {
  const { repository, repositoryId, digest, tags, actor, ...details } = build;
  return { ...aboutRepository({ repository, repositoryId, digest, tags, actor }), details };
}

function aboutScan(scan: z.output<typeof scanPayload>): Facts {
  const { repository, repositoryId, digest, tags, actor, ...details } = scan;
  return { ...aboutRepository({ repository, repositoryId, digest, tags, actor }), details };
}
