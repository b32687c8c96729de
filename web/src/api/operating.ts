import { queryOptions } from "@tanstack/react-query";
import type { z } from "zod";
import type { failedScans, jobsView, settingList } from "../../../src/contract/operating.ts";
import { ask } from "./ask.ts";
import { pagesOf } from "./pages.ts";

export const settingsQuery = queryOptions({
  queryKey: ["settings"],
  queryFn: ({ signal }) => ask<z.output<typeof settingList>>("GET /api/v1/settings", { signal }),
});

const ASK_AGAIN_MS = 2000;

/** Asked again as long as somebody looks. */
export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: ({ signal }) => ask<z.output<typeof jobsView>>("GET /api/v1/jobs", { signal }),
  refetchInterval: ASK_AGAIN_MS,
});

export type FailedScan = z.output<typeof failedScans>["items"][number];

export const failedScansQuery = pagesOf<FailedScan>(["failed-scans"], "/api/v1/jobs/failed-scans");

export const jobDeeds = {
  stopRun: (id: number) => ask(`POST /api/v1/retention/runs/${id}/cancel`),
};
