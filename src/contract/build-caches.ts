import { z } from "zod";

const CACHES_PATH = "/api/v1/build-caches";
export const BUILD_CACHE_PATHS = {
  all: CACHES_PATH,
  of: `${CACHES_PATH}/of`,
} as const;

const bytes = z.number().int().nonnegative();

export const buildCache = z.object({
  repository: z.string(),
  bytes: bytes.describe("What its layers take of the disk, as it was after the last build"),
  usedAt: z.iso.datetime().optional().describe("When a build used them last"),
  isUsed: z.boolean().describe("Whether a build uses them now"),
});
const limits = {
  limitBytes: bytes.describe("What the layers of all repositories may take"),
  repositoryLimitBytes: bytes.describe("What those of one repository may take"),
};
/** Of one repository. */
export const repositoryBuildCache = buildCache.extend({
  repositoryLimitBytes: limits.repositoryLimitBytes,
});
/** Those that were used longest ago first: the order in which they go. */
export const buildCaches = z.object({
  items: z.array(buildCache),
  totalBytes: bytes,
  ...limits,
});
