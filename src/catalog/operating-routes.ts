import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import type { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import {
  FAILED_SCANS_PATH,
  FREED_DAYS_PATH,
  failedScans,
  failedScansQuery,
  freedDays,
  freedDaysQuery,
  JOB_EVENTS_PATH,
  JOBS_PATH,
  jobsView,
  SETTINGS_PATH,
  settingList,
} from "../contract/operating.ts";
import { listFreedDays, type RegistryTables } from "../registry/index.ts";
import type { RepositoryTables } from "../repositories/index.ts";
import { sendEvents } from "./event-routes.ts";
import { listFailedScans } from "./failed-scans.ts";
import { findJobs, type JobTables } from "./jobs.ts";
import type { LiveJobs } from "./live-jobs.ts";

export interface OperatingDeps {
  readonly db: Kysely<JobTables & RegistryTables & RepositoryTables>;
  readonly liveJobs: LiveJobs;
  readonly settings: z.input<typeof settingList>["items"];
  readonly clock: () => Date;
  /** Throws UNAUTHORIZED or DENIED. */
  readonly assertSeesHub: (caller: Caller) => Promise<void>;
}

/** What those who run the hub look at: how it is set up, and what it is at. */
export function createOperatingRoutes(deps: OperatingDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { access: "anybody" } as const;
    const settings = { response: { 200: settingList } };
    app.get(SETTINGS_PATH, { config, schema: settings }, async (request) => {
      await deps.assertSeesHub(callerOf(request));
      return { items: deps.settings };
    });
    app.get(JOBS_PATH, { config, schema: { response: { 200: jobsView } } }, async (request) => {
      await deps.assertSeesHub(callerOf(request));
      return await findJobs(deps.db);
    });
    const events = { config, schema: { hide: true } };
    app.get(JOB_EVENTS_PATH, events, async (request, reply) => {
      const caller = callerOf(request);
      await deps.assertSeesHub(caller);
      return sendEvents(reply, deps.liveJobs.listen(caller));
    });
    const freed = { querystring: freedDaysQuery, response: { 200: freedDays } };
    app.get(FREED_DAYS_PATH, { config, schema: freed }, async (request) => {
      await deps.assertSeesHub(callerOf(request));
      const { days } = request.query;
      const found = await listFreedDays(deps.db, { days, now: deps.clock() });
      return {
        items: found.map(({ day, ...freed }) => ({ at: new Date(day).toISOString(), ...freed })),
      };
    });
    const failed = { querystring: failedScansQuery, response: { 200: failedScans } };
    app.get(FAILED_SCANS_PATH, { config, schema: failed }, async (request) => {
      await deps.assertSeesHub(callerOf(request));
      return await listFailedScans(deps.db, request.query);
    });
  };
}
