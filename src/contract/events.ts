import { z } from "zod";

/**
 * What the outbox tells of quotas, retention, scans and builds: the words that those who decide them and those who tell others of it agree
 * on. Pass one of `quotaEvent`, `retentionEvent`, `scanEvent` and `buildEvent` to `recordEvent`, in the transaction of what it tells.
 */

/** Of a namespace (`acme`), a repository (`acme/api`) or the whole hub (`(hub)`, which no namespace is called). */
export const quotaPayload = z.strictObject({
  scope: z.string(),
  /** In bytes, unless `unit` says something else. When a push was refused, what would be used with it. */
  used: z.number(),
  limit: z.number(),
  unit: z.string().optional(),
  /** Which threshold was crossed. */
  percent: z.number().optional(),
  /** By them it is found when it has been renamed since. */
  namespaceId: z.number().optional(),
  repositoryId: z.number().optional(),
  /** Who caused it; the hub itself when nobody did. */
  actor: z.string().default("berth"),
});

/** One tag, or a manifest without one, that a rule took away. */
export const retentionPayload = z.looseObject({
  repository: z.string(),
  repositoryId: z.number().optional(),
  tag: z.string().optional(),
  digest: z.string(),
  why: z.string(),
  actor: z.string().default("berth"),
});

const foundVulnerability = z.object({
  id: z.string(),
  severity: z.string(),
  package: z.string(),
  version: z.string(),
  fixedVersion: z.string().nullable(),
});

/** The scan of an image of one repository: what it found, or why it failed. */
export const scanPayload = z.strictObject({
  repository: z.string(),
  repositoryId: z.number(),
  digest: z.string(),
  tags: z.array(z.string()),
  /** Why it failed, or what an official image needs. */
  reason: z.string().optional(),
  /** How many packages there are, and findings by their severity. */
  packages: z.number().optional(),
  summary: z.record(z.string(), z.number()).optional(),
  /** The worst ones, up to a hundred: all of a first scan, and of a later one those that are new. */
  findings: z.array(foundVulnerability).optional(),
  actor: z.string().default("berth"),
});

/** A build of an image, from its place in the queue to its end. */
export const buildPayload = z.strictObject({
  repository: z.string(),
  repositoryId: z.number(),
  build: z.number(),
  ref: z.string(),
  commit: z.string(),
  tags: z.array(z.string()),
  /** Why there is a build. */
  reason: z.string(),
  /** Why it failed. */
  why: z.string().optional(),
  exitCode: z.number().optional(),
  digest: z.string().optional(),
  actor: z.string(),
});

interface AgreedEvent {
  readonly topic: string;
  readonly orderingKey: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

export function quotaEvent(
  topic: "quota.warning" | "quota.exceeded",
  payload: z.input<typeof quotaPayload>,
  at: Date,
): AgreedEvent {
  return { topic, orderingKey: payload.scope, payload: quotaPayload.parse(payload), at };
}

export function scanEvent(
  topic: "scan.completed" | "scan.failed" | "vulnerability.found" | "official.attention",
  payload: z.input<typeof scanPayload>,
  at: Date,
): AgreedEvent {
  const { repository: orderingKey } = payload;
  return { topic, orderingKey, payload: scanPayload.parse(payload), at };
}

/** `build.changed` is for open pages alone: whatever becomes of a build that has no other word. */
export function buildEvent(
  topic: `build.${"queued" | "started" | "succeeded" | "failed" | "changed"}`,
  payload: z.input<typeof buildPayload>,
  at: Date,
): AgreedEvent {
  const { repository: orderingKey } = payload;
  return { topic, orderingKey, payload: buildPayload.parse(payload), at };
}

export function retentionEvent(payload: z.input<typeof retentionPayload>, at: Date): AgreedEvent {
  const { repository: orderingKey } = payload;
  return { topic: "retention.removed", orderingKey, payload: retentionPayload.parse(payload), at };
}
