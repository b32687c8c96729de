import { z } from "zod";

export const SETTINGS_PATH = "/api/v1/settings";
export const JOBS_PATH = "/api/v1/jobs";

/** Every setting as it is in force, for those who run the hub. */
export const settingList = z.object({
  items: z.array(
    z.object({
      name: z.string().describe("As in berth.yml: access.mode"),
      variable: z.string().describe("Of the environment"),
      value: z.unknown().describe("A secret is never more than (set)"),
      source: z.enum(["default", "registry", "file", "environment", "flag"]),
      description: z.string(),
    }),
  ),
});

const instant = z.iso.datetime();
const count = z.int().nonnegative();

const JOB_QUEUES = ["scans", "signatures", "deliveries"] as const;

/** Work that waits or runs behind what people do. */
export const jobsView = z.object({
  queues: z.array(
    z.object({
      name: z.enum(JOB_QUEUES),
      waiting: count,
      failed: count.describe("Given up: a scan that failed, a delivery nobody took"),
      nextAt: instant.nullable().describe("When the next one's turn comes"),
    }),
  ),
  runs: z
    .array(
      z.object({
        id: z.int(),
        scope: z.string(),
        state: z.enum(["waiting", "running", "undoing"]),
        startedBy: z.string(),
        startedAt: instant,
        repositories: count.describe("That are done"),
        examined: count,
        removed: count,
      }),
    )
    .describe("Of retention, that are not over: up to 100, the newest first"),
});
