import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { failedScans, jobsView, settingList } from "../../../src/contract/operating.ts";
import { ask } from "./ask.ts";
import { pagesOf } from "./pages.ts";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => ask<z.output<typeof settingList>>("GET /api/v1/settings", { signal }),
});

export type Jobs = z.output<typeof jobsView>;

export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: ({ signal }) => ask<Jobs>("GET /api/v1/jobs", { signal }),
});

export type FailedScan = z.output<typeof failedScans>["items"][number];

export const failedScansQuery = pagesOf<FailedScan>(["failed-scans"], "/api/v1/jobs/failed-scans");

export const jobDeeds = {
  stopRun: (id: number) => ask(`POST /api/v1/retention/runs/${id}/cancel`),
};
