import { z } from "zod";

/** What is stored over time, and what deletions would free. Who pulled what is in pulls.ts. */
export const USAGE_SERIES_PATH = "/api/v1/usage/series";
export const GROWTH_PATH = "/api/v1/usage/growth";
export const FREED_PATH = "/api/v1/usage/freed";

const amount = z.int().nonnegative();

export const usageSeriesQuery = z.strictObject({
  since: z.iso.datetime().optional().describe("Seven days ago without it"),
  until: z.iso.datetime().optional(),
  step: z
    .enum(["hour", "day"])
    .optional()
    .describe("Hours are kept for 14 days, days for two years; what is kept of both, if left away"),
});

export const usageSeries = z.object({
  scope: z.object({ kind: z.enum(["hub", "namespace", "repository"]), name: z.string() }),
  step: z.enum(["hour", "day"]),
  items: z
    .array(
      z.object({
        at: z.iso.datetime().describe("When the hour or the day began (UTC)"),
        bytes: amount,
        tags: amount,
        repositories: amount,
      }),
    )
    .describe("What was stored when each ended; the last one is now"),
});

const freed = z.object({
  repository: amount.describe("By which the repository's usage shrinks"),
  namespace: amount.optional().describe("For members of the namespace: by which its usage shrinks"),
  hub: amount
    .optional()
    .describe("For administrators and auditors: the bytes that nothing else of the hub needs"),
});

export const freedQuery = z
  .strictObject({
    tag: z.string().max(128).optional(),
    digest: z.string().max(200).optional(),
  })
  .refine(({ tag, digest }) => tag === undefined || digest === undefined, {
    error: "name a tag or a digest, not both",
  });

/** Of a tag, of a manifest, or of the whole repository. */
export const freedBy = z.object({
  repository: z.string(),
  tag: z.string().optional(),
  digest: z.string().optional(),
  untagged: z.enum(["keep", "remove"]).describe("collection.untagged, by which `freed` is"),
  freed: freed.describe("What the deletion frees once collection's grace is over"),
  withUntagged: freed.describe(
    "The same if what is left without a tag below it is deleted, too: its platforms and signatures",
  ),
  otherTags: z.array(z.string()).describe("Up to 20 other tags that name the same manifest"),
});

/** As many as are deleted together. */
const MOST_FREED_TAGS = 500;

export const freedTags = z.strictObject({
  tags: z.array(z.string().max(128)).min(1).max(MOST_FREED_TAGS),
});

/** Of tags that are deleted together: what they share counts once, what others share with them not at all. */
export const freedByTags = freedBy
  .pick({ repository: true, untagged: true, freed: true, withUntagged: true })
  .extend({ unknown: z.array(z.string()).describe("Tags that are not there, and free nothing") });

const MOST_DAYS = 731;

export const growthQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(MOST_DAYS).default(7),
});

/** Up to 20 repositories that store more than they did so many days ago, those that grew most first. */
export const growth = z.object({
  items: z.array(
    z.object({
      repository: z.string(),
      bytes: amount.describe("What it stores now"),
      grewBy: amount,
    }),
  ),
});
