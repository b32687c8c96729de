import { buildEvent, quotaEvent, retentionEvent, scanEvent } from "../../contract/events.ts";
import type { HookEvent } from "../../contract/webhooks.ts";
import type { Happening } from "./happening.ts";
import { toHappening } from "./topics.ts";

interface Wish {
  readonly event: HookEvent;
  readonly repository: string;
  readonly tag: string;
  readonly actor: string;
  readonly at: Date;
}

const DIGEST = `sha256:${"a".repeat(64)}`;
const BEFORE = `sha256:${"b".repeat(64)}`;
const MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";

/** One event of the kind, as its writers would have written it: what previews show and tests word. */
export function sampleOf(wish: Wish): Happening {
  const { topic, payload } = SAMPLES[wish.event](wish);
  const row = { id: 1, topic, payload: JSON.stringify(payload), created_at: wish.at.getTime() };
  const found = toHappening(row);
  if (found === undefined) throw new Error(`could not read the sample of ${topic}`);
  return found;
}

interface Sample {
  readonly topic: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A kind without a sample does not compile. */
const SAMPLES: Readonly<Record<HookEvent, (wish: Wish) => Sample>> = {
  push: ({ tag, ...wish }) => ({
    topic: "manifest.pushed",
    payload: { ...manifestOf(wish), tags: [tag] },
  }),
  pull: ({ tag, ...wish }) => ({
    topic: "manifest.pulled",
    payload: { ...manifestOf(wish), tags: [tag] },
  }),
  delete: ({ tag, ...wish }) => ({
    topic: "manifest.deleted",
    payload: { repository: wish.repository, digest: DIGEST, tags: [tag], actor: wish.actor },
  }),
  "tag-moved": ({ tag, ...wish }) => ({
    topic: "tag.moved",
    payload: { ...manifestOf(wish), tag, from: BEFORE },
  }),
  repository: ({ repository, actor }) => ({
    topic: "repository.created",
    payload: { repository, actor },
  }),
  namespace: ({ repository, actor }) => ({
    topic: "namespace.renamed",
    payload: { namespace: accountOf(repository), formerName: "before", namespaceId: 1, actor },
  }),
  member: ({ repository, actor }) => ({
    topic: "member.changed",
    payload: {
      ...{ account: accountOf(repository), name: "bob", actor },
      ...{ action: "org.member.add", after: { role: "member" } },
    },
  }),
  right: ({ repository, actor }) => ({
    topic: "right.changed",
    payload: {
      ...{ account: accountOf(repository), name: repository, actor },
      ...{ action: "repo.right.give", after: { team: "builders", actions: ["push"] } },
    },
  }),
  "quota-warning": ({ repository, at }) => quotaOf("quota.warning", repository, at),
  "quota-exceeded": ({ repository, at }) => quotaOf("quota.exceeded", repository, at),
  "retention-removed": ({ repository, tag, at }) =>
    retentionEvent({ repository, tag, digest: DIGEST, why: "older than 30 days" }, at),
  build: ({ repository, tag, actor, at }) =>
    buildEvent(
      "build.succeeded",
      {
        ...{ repository, repositoryId: 1, build: 7, ref: "refs/heads/main", reason: "push" },
        ...{ commit: "c".repeat(40), tags: [tag], digest: DIGEST, actor },
      },
      at,
    ),
  scan: (wish) => scanOf("scan.completed", wish),
  vulnerability: (wish) => scanOf("vulnerability.found", wish),
};

function manifestOf({ repository, actor }: Omit<Wish, "tag">) {
  const client = "docker/29.0";
  return {
    ...{ repository, actor, digest: DIGEST, mediaType: MEDIA_TYPE, size: 708 },
    ...{ address: "192.0.2.1", client },
  };
}

function quotaOf(topic: "quota.warning" | "quota.exceeded", repository: string, at: Date): Sample {
  const used = topic === "quota.warning" ? 9_000_000 : 11_000_000;
  return quotaEvent(topic, { scope: accountOf(repository), used, limit: 10_000_000 }, at);
}

function accountOf(repository: string): string {
  return repository.split("/", 1)[0] ?? "";
}

function scanOf(
  topic: "scan.completed" | "vulnerability.found",
  { repository, tag, at }: Wish,
): Sample {
  const finding = {
    ...{ id: "CVE-2023-44487", severity: "high", package: "nginx", version: "1.22.1-9" },
    fixedVersion: "1.22.1-9+deb12u1",
  };
  const found = { packages: 88, summary: { critical: 0, high: 1 }, findings: [finding] };
  const image = { repository, repositoryId: 1, digest: DIGEST, tags: [tag] };
  return scanEvent(topic, { ...image, ...found }, at);
}
