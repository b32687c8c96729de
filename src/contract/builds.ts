import { z } from "zod";
import { pageOf } from "./pages.ts";

const BUILDS_PATH = "/api/v1/builds";
export const BUILD_PATHS = {
  rules: "/api/v1/build-rules",
  of: `${BUILDS_PATH}/of`,
  logs: "/api/v1/build-logs",
  one: BUILDS_PATH,
} as const;

const RULES_LIMIT = 50;

export const buildRule = z.strictObject({
  sourceType: z.enum(["branch", "tag"]),
  source: z.string().max(255).describe("A name, or an expression between slashes"),
  dockerTag: z.string().max(1000).describe("Templates with commas between them"),
  dockerfile: z.string().max(1000).optional().describe("From the build context"),
  context: z.string().max(1000).optional().describe("From the root of the Git repository"),
  autobuild: z.boolean().optional().describe("False: only when somebody asks"),
  caching: z.boolean().optional(),
  paths: z.array(z.string().max(255)).max(50).optional(),
});

export const buildRules = z.strictObject({ rules: z.array(buildRule).max(RULES_LIMIT) });

export const BUILD_STATES = [
  "queued",
  "running",
  "publishing",
  "succeeded",
  "failed",
  "cancelled",
  "superseded",
  "timed_out",
] as const;
export type BuildState = (typeof BUILD_STATES)[number];

const BUILD_PHASES = ["preparing", "building", "testing", "publishing"] as const;
export type BuildPhase = (typeof BUILD_PHASES)[number];

const BUILD_REASONS = ["push", "asked", "retry", "base"] as const;
export type BuildReason = (typeof BUILD_REASONS)[number];

const time = z.iso.datetime();

export const build = z.object({
  id: z.int(),
  repository: z.string(),
  ref: z.string(),
  commit: z.string(),
  context: z.string(),
  dockerfile: z.string(),
  tags: z.array(z.string()),
  state: z.enum(BUILD_STATES),
  reason: z.enum(BUILD_REASONS).describe("Why there is a build at all"),
  phase: z.enum(BUILD_PHASES).optional().describe("What is done of it, while it runs"),
  attempts: z
    .int()
    .describe("How often it was begun: a hub that ends while it runs begins it anew"),
  position: z.int().optional().describe("Its place among those that wait, from 1"),
  waits: z.string().optional().describe("Why it waits"),
  why: z.string().optional().describe("Why it is in this state, of those that did not succeed"),
  exitCode: z.int().optional().describe("Of the command that failed"),
  digest: z.string().optional().describe("Of the image that was published"),
  startedBy: z.string(),
  createdAt: time,
  startedAt: time.optional(),
  endedAt: time.optional(),
});

export const buildPage = pageOf(build);
export const buildQuery = z.object({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
export const newBuild = z.strictObject({
  ref: z.string().max(255).describe("refs/heads/BRANCH or refs/tags/TAG"),
});
export const newBuilds = z.object({ items: z.array(build) });

export const buildSteps = z.object({
  items: z.array(
    z.object({
      number: z.int(),
      text: z.string().describe("The instruction"),
      ms: z.int(),
      isCached: z.boolean(),
    }),
  ),
});
export const logSearchQuery = z.object({
  q: z.string().max(200).default("").describe("At least two characters"),
});
export const logMatches = z.object({
  items: z.array(z.object({ build: z.int(), line: z.int(), text: z.string() })),
  isPartial: z.boolean().describe("Whether there is more than was looked at or is shown"),
});
export const logQuery = z.object({
  follow: z.stringbool().optional().describe("Go on until the build ends"),
});

/** `branch:main=latest`. The last `=` divides: no tag contains one, while names and expressions may. */
export function splitRule(
  text: string,
): Pick<z.output<typeof buildRule>, "sourceType" | "source" | "dockerTag"> | undefined {
  const [, sourceType, source = "", dockerTag = ""] =
    /^(branch|tag):(.*)=([^=]*)$/is.exec(text) ?? [];
  if (sourceType === undefined) return undefined;
  return { sourceType: sourceType.toLowerCase() === "tag" ? "tag" : "branch", source, dockerTag };
}
