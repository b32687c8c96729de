import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { type Accounts, getOwnAccount } from "../accounts/index.ts";
import type { Authority, VisibleRepositories } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import {
  createStarRoutes,
  createUsageRoutes,
  type PullLimitSettings,
  PullLimits,
  PullLog,
  Stars,
  TrafficLog,
  trimDays,
  trimHours,
} from "../pulls/index.ts";
import type { PullWatch, TrafficWatch } from "../registry/index.ts";
import type { Interest } from "../webhooks/index.ts";
import type { HubTables } from "./stores.ts";

export interface PullOptions {
  readonly limits: PullLimitSettings;
  /** How long the counts of each hour are kept. */
  readonly keepMs: number;
}

export interface ComposedPulls {
  readonly watch: PullWatch;
  readonly traffic: TrafficWatch;
  readonly jobs: readonly PeriodicJob[];
  /** Writes down what was noted so far. */
  settle(): Promise<void>;
  /** Writes down what is still to be written. */
  close(): Promise<void>;
}

const SECOND = 1000;
const HOUR = 3_600_000;
const TRIMMED = 10_000;

/** What is noted of pulls, and what limits them. */
export function composePulls(
  { limits: settings, keepMs }: PullOptions,
  deps: {
    readonly database: Database<HubTables>;
    readonly interest: Interest;
    readonly clock: () => Date;
    readonly log: Logger;
  },
): ComposedPulls {
  const { database, clock } = deps;
  const pulls = new PullLog({
    ...deps,
    interest: {
      isAny: () => deps.interest.wants("pull"),
      covers: (repository) => deps.interest.covers("pull", repository),
    },
  });
  const traffic = new TrafficLog(deps);
  const limits = new PullLimits({ settings, clock });
  return {
    watch: {
      limitsAnonymous: limits.limitsAnonymous,
      admit: (pull) => limits.admit(pull),
      note: (pull) => pulls.note(pull),
    },
    traffic,
    jobs: [
      { name: "note pulls", everyMs: SECOND, run: () => pulls.flush() },
      { name: "note traffic", everyMs: SECOND, run: () => traffic.flush() },
      {
        name: "trim pulls",
        everyMs: HOUR,
        async run(signal) {
          const before = new Date(clock().getTime() - keepMs);
          for (const table of ["pull_hours", "traffic_hours"] as const) {
            for (let gone = TRIMMED; gone === TRIMMED && !signal.aborted; ) {
              const old = { before, limit: TRIMMED };
              gone = await database.write((trx) => trimHours(trx, table, old));
            }
          }
          await database.write((trx) => trimDays(trx, clock()));
        },
      },
    ],
    settle: () => pulls.flush(),
    close: () => pulls.flush().then(() => traffic.flush()),
  };
}

/** Where there are accounts: stars, and who pulled what. */
export function createPullRoutes(parts: {
  readonly database: Database<HubTables>;
  readonly accounts: Accounts;
  readonly authority: Authority;
  readonly visible: VisibleRepositories;
  readonly clock: () => Date;
}): readonly FastifyPluginAsyncZod[] {
  const { database, accounts, authority, visible } = parts;
  return [
    createStarRoutes({
      stars: new Stars(parts),
      findAccount: async ({ by }) => (await getOwnAccount(accounts, by)).id,
      getRepository: (caller, name) => authority.getRepository(caller, name, "pull"),
      filterSeen: ({ by }, names) => visible.filter(by, names),
    }),
    createUsageRoutes({
      database,
      getNamespace: (caller, name) => authority.getNamespace(caller, name),
    }),
  ];
}
