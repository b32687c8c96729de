import { z } from "zod";
import { pageOf } from "./pages.ts";

const RETENTION_PATH = "/api/v1/retention";
export const RETENTION_PATHS = {
  check: `${RETENTION_PATH}/check`,
  hub: `${RETENTION_PATH}/hub`,
  namespaces: `${RETENTION_PATH}/namespaces`,
  repositories: `${RETENTION_PATH}/repositories`,
  simulations: `${RETENTION_PATH}/simulations`,
  runs: `${RETENTION_PATH}/runs`,
} as const;

const count = z.int().nonnegative();
const time = z.iso.datetime();

/** Where a policy holds. */
export const retentionScope = z.strictObject({
  kind: z.enum(["hub", "namespace", "repository"]),
  name: z.string().max(255).optional().describe("Of the namespace or repository"),
  pattern: z
    .string()
    .max(255)
    .optional()
    .describe("Only repositories that it matches; of a namespace, what follows its name: tools/*"),
});

const policyText = z
  .string()
  .max(100_000)
  .describe("One rule a line, or the same as YAML or JSON (docs/lifecycle.md)");
const inUse = z
  .string()
  .max(64)
  .nullish()
  .describe("Holds what was pushed or pulled within, such as 14d, whatever the lines say");

export const retentionCheck = z.strictObject({ policy: policyText });

const reading = z.enum(["removes what a delete line matches", "removes what no keep line keeps"]);

export const retentionChecked = z.object({
  reading,
  /** As it is kept: one rule a line. */
  policy: z.string(),
  lines: count,
});

export const retentionPolicy = z.object({
  scope: retentionScope,
  policy: z.string(),
  reading,
  inUse: z.string().optional(),
  pausedAt: time.optional().describe("Since when the schedule leaves it out"),
  updatedAt: time,
  updatedBy: z.string(),
});

/** What holds here, where it comes from, and what was said here itself, for all of it and for patterns. */
export const retentionHere = z.object({
  inForce: retentionPolicy.optional(),
  own: z.array(retentionPolicy),
});

export const retentionChange = z.strictObject({
  policy: policyText.optional().describe("What is there stays, if it is left away"),
  inUse,
  pattern: retentionScope.shape.pattern,
  simulation: z
    .string()
    .max(64)
    .optional()
    .describe("From the report of a simulation of this very policy here, of the last hour"),
  paused: z.boolean().optional().describe("Whether the schedule leaves it out"),
});

export const retentionPattern = z.strictObject({ pattern: retentionScope.shape.pattern });

export const simulationRequest = z.strictObject({
  scope: retentionScope,
  policy: policyText.optional().describe("The policies in force, if it is left away"),
  inUse,
  once: z
    .boolean()
    .default(false)
    .describe(
      "As a run with this policy would, also where a nearer one is in force; nothing to save",
    ),
  show: z.enum(["all", "removed", "changed", "report"]).default("all"),
});

const progress = z.object({
  type: z.literal("progress"),
  done: count,
  total: count.optional(),
  unit: z.enum(["items", "bytes"]),
});
const failure = z.object({ type: z.literal("failure"), message: z.string() });

const decision = z.enum(["keep", "remove"]);

const simulatedItem = z.object({
  type: z.literal("item"),
  repository: z.string(),
  tag: z.string().optional().describe("Left away for a manifest without one"),
  digest: z.string(),
  action: decision,
  line: count.optional().describe("Of the policy, where one decided"),
  why: z.string(),
  bytes: count.describe(
    "What goes with it that nothing else needs, each blob at the first that holds it",
  ),
  pulledAt: time.optional(),
  inForce: decision.optional().describe("What the policy in force says, where there is one"),
});

const simulationReport = z.object({
  type: z.literal("report"),
  simulation: z.string().optional().describe("What saving this policy takes"),
  reading: reading.optional(),
  repositories: count,
  skipped: count.describe("Repositories for which a nearer policy is in force, or none"),
  examined: count,
  removed: count,
  kept: count,
  freedBytes: count,
  newlyRemoved: count.describe("Kept by the policy in force"),
  newlyKept: count.describe("Removed by the policy in force"),
  pulledLately: count.describe("Would go though somebody pulled them in the last 30 days"),
  durationMs: count,
});

export const simulationEvent = z.discriminatedUnion("type", [
  progress,
  failure,
  simulatedItem,
  simulationReport,
]);

export const retentionRunRequest = z.strictObject({
  scope: retentionScope,
  policy: policyText.optional().describe("Once, instead of the policies in force"),
  inUse,
});

export const retentionRun = z.object({
  id: count,
  scope: z.string(),
  cause: z.enum(["schedule", "person"]),
  startedBy: z.string(),
  state: z.enum(["waiting", "running", "done", "cancelled", "failed", "undoing", "undone"]),
  startedAt: time.describe("What ages are counted from"),
  finishedAt: time.optional(),
  repositories: count.describe("That it has been through"),
  unchanged: count.describe(
    "Of these, where nothing can have changed since the schedule last looked",
  ),
  examined: count,
  removed: count,
  spared: count.describe("What something saved that came between the decision and the removal"),
  freedBytes: count.describe("What collection frees once its grace is over"),
  failure: z.string().optional(),
  restored: count.describe("What was put right again when it was undone"),
  lost: count.describe("What could not be put right again"),
});

export const retentionRunQuery = z.strictObject({
  kind: retentionScope.shape.kind.default("hub"),
  name: retentionScope.shape.name,
  last: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export const retentionRuns = pageOf(retentionRun);

const retentionRemoval = z.object({
  id: count,
  repository: z.string(),
  tag: z.string().optional(),
  digest: z.string(),
  line: count.optional(),
  why: z.string(),
  bytes: count,
  state: z.enum(["removed", "restored", "lost"]),
});

export const removalQuery = z.strictObject({
  last: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

export const retentionRemovals = pageOf(retentionRemoval);

/** What the outbox tells of each removal, under the topic `retention.removed`. */
export interface RetentionRemoved {
  readonly repository: string;
  readonly tag?: string;
  readonly digest: string;
  readonly run: number;
  /** Of the run, as people write it. */
  readonly scope: string;
  readonly line?: number;
  readonly why: string;
  readonly bytes: number;
  readonly actor: string;
}

export type SimulationEvent = z.infer<typeof simulationEvent>;
export type RetentionScope = z.infer<typeof retentionScope>;
