import { z } from "zod";

/**
 * Work on the whole hub that may run for hours. Each run answers 200 with a stream of JSON lines (application/x-ndjson):
 * `progress` at least every ten seconds, an `item` for each thing decided, and one `report` or `failure` as the last line.
 * A client that hangs up ends its run after the item at hand; what was done by then stays done.
 */
export const OPERATION_PATHS = {
  collect: "/api/v1/operations/collect",
  scrub: "/api/v1/operations/scrub",
} as const;

const count = z.int().nonnegative();

const progress = z.object({
  type: z.literal("progress"),
  done: count,
  /** Left out while the amount of work is not known yet. */
  total: count.optional(),
  unit: z.enum(["items", "bytes"]),
});

/** The run ended early; the sentence says why and what to do. */
const failure = z.object({ type: z.literal("failure"), message: z.string() });

export const collectRequest = z.strictObject({
  dryRun: z.boolean().default(false).describe("Decide and explain, remove nothing"),
});

const collectedItem = z.object({
  type: z.literal("item"),
  kind: z.enum(["manifest", "blob", "link", "upload"]),
  repository: z.string().optional(),
  digest: z.string().optional(),
  bytes: count.describe("What removing it gives back"),
  action: z.enum(["removed", "would remove", "kept"]),
  why: z.string(),
});

const collectReport = z.object({
  type: z.literal("report"),
  dryRun: z.boolean(),
  examined: count,
  removed: count,
  kept: count,
  freedBytes: count,
  durationMs: count,
});

export const collectEvent = z.discriminatedUnion("type", [
  progress,
  failure,
  collectedItem,
  collectReport,
]);

export const scrubRequest = z.strictObject({
  bytesPerSecond: z
    .int()
    .positive()
    .optional()
    .describe("Read no faster than this; the configured rate if left out"),
});

const scrubbedItem = z.object({
  type: z.literal("item"),
  digest: z.string(),
  bytes: count,
  finding: z.enum(["rotten", "missing", "unreadable"]),
  why: z.string(),
});

const scrubReport = z.object({
  type: z.literal("report"),
  examined: count,
  bytes: count,
  rotten: count,
  missing: count,
  unreadable: count,
  durationMs: count,
});

export const scrubEvent = z.discriminatedUnion("type", [
  progress,
  failure,
  scrubbedItem,
  scrubReport,
]);

export type OperationProgress = z.infer<typeof progress>;
export type OperationFailure = z.infer<typeof failure>;
export type CollectEvent = z.infer<typeof collectEvent>;
export type ScrubEvent = z.infer<typeof scrubEvent>;
