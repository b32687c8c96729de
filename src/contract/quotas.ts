import { z } from "zod";

export const QUOTAS_PATH = "/api/v1/quotas";

export const QUOTA_RESOURCES = ["bytes", "tags", "repositories"] as const;
export type QuotaResource = (typeof QUOTA_RESOURCES)[number];
export type QuotaScopeKind = "hub" | "namespace" | "repository";

const UNLIMITED = "unlimited";

const amount = z.int().nonnegative();

const standing = z.object({
  limit: amount.nullable().describe("Null: no limit"),
  from: z
    .enum(["set", "default"])
    .describe("Whether it was set for this scope, or is the configured default"),
  used: amount,
});

const change = z
  .union([amount, z.literal(UNLIMITED), z.null()])
  .optional()
  .describe("null: as configured by quotas.default");

/** Of a hub, a namespace or a repository. A repository holds no repositories: that entry says nothing there. */
export const quota = z.object({
  scope: z.object({ kind: z.enum(["hub", "namespace", "repository"]), name: z.string() }),
  bytes: standing.extend({
    arriving: amount.describe("Of unfinished uploads, which count until they end"),
    held: amount
      .nullable()
      .describe(
        "Of what is used: layers that no manifest names, which count until collection takes them; null when they are too many",
      ),
  }),
  tags: standing,
  repositories: standing,
});

export const quotaChange = z.strictObject({ bytes: change, tags: change, repositories: change });
