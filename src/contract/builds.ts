import { z } from "zod";
import { secretName } from "./build-inputs.ts";
import { pageOf } from "./pages.ts";

const BUILDS_PATH = "/api/v1/builds";
export const BUILD_PATHS = {
  rules: "/api/v1/build-rules",
  importRules: "/api/v1/build-rule-imports",
  previewRules: "/api/v1/build-rule-previews",
  of: `${BUILDS_PATH}/of`,
  logs: "/api/v1/build-logs",
  bases: "/api/v1/build-bases",
  badge: "/badge",
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
  args: z
    .record(z.string().regex(/^[A-Za-z_]\w{0,127}$/), z.string().max(4096))
    .refine((args) => Object.keys(args).length <= 50, { error: "must be 50 or fewer" })
    .optional()
    .describe("Build arguments, which everybody can read in the image"),
  secrets: z
    .array(secretName)
    .max(20)
    .optional()
    .describe("Names of secrets of the repository that RUN --mount=type=secret may show"),
  target: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,127}$/)
    .optional()
    .describe("The stage to build; the last one without it"),
  platforms: z
    .array(z.string().regex(/^[a-z0-9]{1,20}\/[a-z0-9_]{1,20}(?:\/[a-z0-9]{1,10})?$/))
    .max(8)
    .optional()
    .describe("Such as linux/arm64; the builder's own without it"),
  autotest: z
    .enum(["off", "internal", "external"])
    .optional()
    .describe(
      "Builds and tests pull requests for the branch, and publishes nothing of them: those of the same repository, or those of strangers as well",
    ),
  hooks: z
    .boolean()
    .optional()
    .describe("False: the hooks and tests of the repository are not run"),
  schedule: z
    .string()
    .max(100)
    .optional()
    .describe(
      'Builds at these times, too: five fields as cron has them, in UTC, such as "0 3 * * 1"',
    ),
});

/** What looks wrong with rules that can be kept all the same. */
export const keptBuildRules = z.object({
  rules: z.array(buildRule),
  warnings: z.array(z.string()).optional(),
});
export const hubRules = z.strictObject({
  text: z.string().max(200_000).describe("Docker Hub's table of build rules, or their JSON"),
});
export const rulePreview = z.strictObject({
  ref: z.string().max(255).describe("refs/heads/BRANCH or refs/tags/TAG"),
  rules: z.array(buildRule).max(RULES_LIMIT).optional().describe("In place of those that are kept"),
});
export const rulePreviewed = z.object({
  ref: z.string(),
  commit: z.string().optional().describe("Where the ref is; absent where it was not pushed"),
  rules: z.array(
    z.object({
      rule: z.int().describe("Its number, from 1"),
      builds: z.boolean(),
      why: z.string().optional(),
      autobuild: z.boolean().optional(),
      context: z.string().optional(),
      dockerfile: z.string().optional(),
      tags: z.array(
        z.object({ template: z.string(), tag: z.string().optional(), why: z.string().optional() }),
      ),
    }),
  ),
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

const BUILD_REASONS = ["push", "asked", "retry", "base", "proposal"] as const;
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
export const badgeQuery = z.object({
  rule: z.coerce.number().int().min(1).max(RULES_LIMIT).optional().describe("From 1"),
});
export const buildBases = z.object({
  items: z.array(
    z.object({
      rule: z.int().describe("From 1"),
      ref: z.string(),
      base: z.string().describe("As the Dockerfile names it"),
      digest: z.string().describe("What it was when it was built on"),
      build: z.int(),
      isOutdated: z.boolean().describe("Whether the base is another now: a build is needed"),
      isCycle: z.boolean().describe("Whether the base is built on this very image"),
      lookedAt: z.iso.datetime().optional().describe("Of an image in another registry: when"),
      why: z.string().optional().describe("Why it could not be looked at then"),
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
  after: z.string().max(64).optional().describe("The id of the last event that was heard"),
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
