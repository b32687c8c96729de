import { z } from "zod";
import { pageOf, pageQuery } from "./pages.ts";

export const SETTINGS_PATH = "/api/v1/settings";
export const JOBS_PATH = "/api/v1/jobs";
export const JOB_EVENTS_PATH = "/api/v1/jobs/events";
export const FREED_DAYS_PATH = "/api/v1/usage/freed-days";
export const FAILED_SCANS_PATH = "/api/v1/jobs/failed-scans";

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

const JOB_QUEUES = ["builds", "scans", "signatures", "deliveries", "mails"] as const;

export const failedScansQuery = pageQuery.extend({
  last: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe("`next` of the page before"),
});

/** Scans that were given up, the newest first. */
export const failedScans = pageOf(
  z.object({
    digest: z.string(),
    reason: z.string(),
    attempts: count,
    foundAt: instant.nullable().describe("When it was last scanned with success, if ever"),
    repositories: z.array(z.string()).describe("Some of those that hold it: up to three"),
  }),
);

/** Work that waits or runs behind what people do. */
export const jobsView = z.object({
  queues: z.array(
    z.object({
      name: z.enum(JOB_QUEUES),
      waiting: count,
      failed: count.describe(
        "Given up: a scan that failed, a delivery or mail nobody took; of builds none, as they have pages of their own",
      ),
      nextAt: instant.nullable().describe("When the next one's turn comes"),
    }),
  ),
  builds: z
    .array(
      z.object({
        id: z.int(),
        repository: z.string(),
        ref: z.string(),
        state: z.enum(["queued", "running", "publishing"]),
        createdAt: instant,
        startedAt: instant.nullable(),
      }),
    )
    .describe("That are not over: up to 100, the oldest first"),
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

const MOST_DAYS = 731;

export const freedDaysQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(MOST_DAYS).default(30),
});

/** What collection freed on each day, the running one with them. */
export const freedDays = z.object({
  items: z.array(z.object({ at: instant, blobs: count, bytes: count })),
});
