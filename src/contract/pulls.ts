import { z } from "zod";

export const STARS_PATH = "/api/v1/stars";
export const USAGE_PATH = "/api/v1/usage/pulls";
export const TRAFFIC_PATH = "/api/v1/usage/traffic";
export const TRAFFIC_DAYS_PATH = "/api/v1/usage/days";

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

const MOST_DAYS = 731;
const amount = z.int().nonnegative();

export const trafficDaysQuery = z.strictObject({
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_DAYS)
    .default(30)
    .describe("So many, the running one with them"),
});

/** Each day, those without any pull or push, too. */
export const trafficDays = z.object({
  items: z.array(
    z.object({
      at: z.iso.datetime().describe("When the day began (UTC)"),
      pulls: amount,
      pulledBytes: amount,
      pushes: amount,
      pushedBytes: amount,
    }),
  ),
});
