import { z } from "zod";
import { pageQuery } from "./pages.ts";

export const TAG_HISTORY_PATH = "/api/v1/tag-history";
export const TAG_STATES_PATH = "/api/v1/tag-states";
export const TAG_RESTORATIONS_PATH = "/api/v1/tag-restorations";
export const TAG_DIFFERENCES_PATH = "/api/v1/tag-differences";
export const TRASH_TAGS_PATH = "/api/v1/trash/tags";
export const TRASH_MANIFESTS_PATH = "/api/v1/trash/manifests";

const tag = z.string().max(128);
const digest = z.string().max(200);
const time = z.iso.datetime({ offset: true });

export const historyQuery = pageQuery.extend({ tag: tag.default("latest") });

export const statesQuery = pageQuery.extend({
  at: time.optional().describe("Now, unless a time is given"),
  tag: tag.optional().describe("This one alone"),
});

const fate = {
  state: z
    .enum(["here", "deleted", "gone"])
    .describe("Whether what is named can be pulled by its digest, can be brought back, or neither"),
  until: z.iso
    .datetime()
    .optional()
    .describe("When collection may end that; left out while something holds it"),
};

const mover = {
  by: z.string(),
  token: z.string().optional().describe("For those who may push: what it was done with"),
  cause: z.enum([
    "push",
    "retag",
    "delete",
    "restore",
    "retention",
    "alias",
    "assembled",
    "adopt",
    "collection",
  ]),
};

export const tagMove = z.object({
  id: z.string(),
  from: z.string().optional().describe("Left out when the tag appeared"),
  to: z.string().optional().describe("Left out when the tag was deleted"),
  ...mover,
  at: z.iso.datetime(),
  ...fate,
});

export const pastTag = z.object({
  tag: z.string(),
  digest: z.string(),
  since: z.iso.datetime(),
  ...mover,
  ...fate,
});

export const lostTag = z.object({
  tag: z.string(),
  digest: z.string(),
  deletedAt: z.iso.datetime(),
  ...mover,
  ...fate,
});

export const restoration = z
  .strictObject({
    tag,
    digest: digest.optional(),
    at: time.optional().describe("Without either: what a deleted tag named last"),
  })
  .refine((wish) => wish.digest === undefined || wish.at === undefined, {
    error: "say one of digest and at",
  });

export const restored = z.object({
  tag: z.string(),
  digest: z.string(),
  manifests: z.array(z.string()).describe("Those that were deleted and are back"),
});

export const deletedManifest = z.object({
  id: z.string(),
  digest: z.string(),
  mediaType: z.string(),
  tags: z.array(z.string()).describe("Those that went with it"),
  ...mover,
  deletedAt: z.iso.datetime(),
  until: z.iso.datetime().describe("When collection may remove what it needs"),
});

export const undeletion = z.strictObject({ digest });

export const undeleted = z.object({
  manifests: z.array(z.string()),
  tags: z.array(z.string()),
  kept: z.array(z.string()).describe("Tags that went with it and name something else by now"),
});

const point = z.union([time, digest]).optional();

export const differenceQuery = z.strictObject({
  tag: tag.default("latest"),
  from: point.describe("A digest, or a time; now, unless it is given"),
  to: point.describe("The same"),
});

const changes = z.array(
  z.object({
    name: z.string(),
    from: z.string().optional().describe("Left out if it is new"),
    to: z.string().optional().describe("Left out if it is gone"),
  }),
);

export const tagDifference = z.object({
  from: z.string(),
  to: z.string(),
  platforms: changes,
  layers: changes,
  config: changes,
  env: changes,
  labels: changes,
  annotations: changes,
});
