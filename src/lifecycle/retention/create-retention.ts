import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { Journal } from "../../access/index.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import type { PeriodicJob } from "../../platform/jobs/index.ts";
import type { Releases, TagKeeper } from "../../registry/index.ts";
import { findRepositoryById } from "../../repositories/index.ts";
import { RetentionPolicies } from "./policies/policies.ts";
import { createPolicyRoutes } from "./policies/policy-routes.ts";
import type { CountsWithin } from "./policies/scopes.ts";
import { createSimulationRoutes } from "./policies/simulation-routes.ts";
import type { RetentionAccess } from "./retention-access.ts";
import { RetentionRuns } from "./runs/retention-runs.ts";
import { RunNews } from "./runs/run-news.ts";
import { createRunRoutes } from "./runs/run-routes.ts";
import { RunWorker } from "./runs/run-worker.ts";
import type { RetentionTables } from "./tables.ts";

export interface RetentionDeps {
  readonly database: Database<RetentionTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly releases: Releases;
  readonly tagKeeper: TagKeeper;
  readonly journal: Journal;
  readonly access: RetentionAccess;
  /** Writes down the pulls that were noted so far. */
  readonly settlePulls: () => Promise<void>;
  readonly countsWithin: CountsWithin;
  /** How often the schedule applies each policy; undefined: never. */
  readonly everyMs: number | undefined;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

export interface Retention {
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
  /** What open pages are told of its runs. */
  readonly news: Pick<RunNews, "take" | "forget">;
  /** Ends the run at hand after its step; it goes on after the next start. */
  close(): Promise<void>;
}

const TICK_MS = 1000;
const HOUR = 3_600_000;

export function createRetention(deps: RetentionDeps): Retention {
  const { reader } = deps.database;
  const policies = new RetentionPolicies(deps);
  const news = new RunNews({ ...deps, nameOf: (scope) => policies.nameOf(scope) });
  const onProgress = (run: Parameters<RunNews["note"]>[0]) => news.note(run);
  const worker = new RunWorker({ ...deps, onProgress });
  const runs = new RetentionRuns({ ...deps, worker, onProgress });
  return {
    routes: [
      createPolicyRoutes({
        ...deps,
        policies,
        findRepository: (id) => findRepositoryById(reader, id),
      }),
      createSimulationRoutes(deps),
      createRunRoutes({
        ...deps,
        runs,
        nameOf: (scope) => policies.nameOf(scope),
        findRepository: (id) => findRepositoryById(reader, id),
      }),
    ],
    jobs: [
      { name: "retention", everyMs: TICK_MS, run: () => runs.tick() },
      { name: "trim retention", everyMs: HOUR, run: () => runs.trim() },
    ],
    news,
    close: () => worker.close(),
  };
}
