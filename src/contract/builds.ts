import { z } from "zod";
import { pageOf } from "./pages.ts";

const BUILDS_PATH = "/api/v1/builds";
export const BUILD_PATHS = {
  rules: "/api/v1/build-rules",
  of: `${BUILDS_PATH}/of`,
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
] as const;
export type BuildState = (typeof BUILD_STATES)[number];

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
