import { z } from "zod";

export const STARS_PATH = "/api/v1/stars";
export const USAGE_PATH = "/api/v1/usage/pulls";
export const TRAFFIC_PATH = "/api/v1/usage/traffic";

export const star = z.object({ repository: z.string(), starredAt: z.iso.datetime() });

export const usageQuery = z.strictObject({
  namespace: z
    .string()
    .max(255)
    .optional()
    .describe("Of this user or organization, for its owner; all for administrators and auditors"),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  format: z.enum(["csv", "jsonl"]).default("csv"),
});
