import { z } from "zod";

/**
 * What the outbox tells of quotas and retention: the words that those who decide them and those who tell others of it agree
 * on. Pass one of `quotaEvent` and `retentionEvent` to `recordEvent`, in the transaction of what it tells.
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

export function retentionEvent(payload: z.input<typeof retentionPayload>, at: Date): AgreedEvent {
  const { repository: orderingKey } = payload;
  return { topic: "retention.removed", orderingKey, payload: retentionPayload.parse(payload), at };
}
