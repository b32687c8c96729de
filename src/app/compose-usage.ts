import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Authoriser } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import {
  createUsageSeriesRoutes,
  FreedBy,
  Sampling,
  type UsageAccess,
} from "../lifecycle/index.ts";
import type { Authority } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import { createTrafficDayRoutes } from "../pulls/index.ts";
import type { Identity } from "./compose-identity.ts";
import { assertSeesHub } from "./compose-quotas.ts";
import { assertKnown, assertOperates, getLiteralRepository } from "./operator-access.ts";
import type { HubTables } from "./stores.ts";

interface ComposedUsage {
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What is stored over time, in every mode. */
export function composeUsage(deps: {
  readonly database: Database<HubTables>;
  readonly identity: Pick<Identity, "access" | "authority">;
  /** `collection.untagged`. */
  readonly untagged: "keep" | "remove";
  readonly clock: () => Date;
}): ComposedUsage {
  const { database, identity, untagged } = deps;
  const { authority, access } = identity;
  const sampling = new Sampling(deps);
  const usageAccess =
    authority === undefined
      ? createOperatorAccess({ ...access, database })
      : createUsageAccess(authority);
  return {
    routes: [
      createUsageSeriesRoutes({
        ...deps,
        db: database.reader,
        access: usageAccess,
        freedBy: new FreedBy({ db: database.reader, untagged }),
      }),
      createTrafficDayRoutes({ ...deps, db: database.reader, access: usageAccess }),
    ],
    jobs: [
      { name: "note usage", everyMs: MINUTE, run: (signal) => sampling.note(signal) },
      { name: "trim usage", everyMs: HOUR, run: (signal) => sampling.trim(signal) },
    ],
  };
}

/** Where there are accounts: whoever sees a quota sees what is used of it. */
function createUsageAccess(authority: Authority): UsageAccess {
  return {
    async assertSeesHub(caller) {
      assertKnown(caller);
      assertSeesHub(caller);
    },
    async getNamespace(caller, name) {
      assertKnown(caller);
      return await authority.getNamespace(caller, name, "member");
    },
    async getRepository(caller, name) {
      return await authority.getRepository(caller, name, "pull");
    },
  };
}

/** Without accounts: whoever may work on the hub, in which nobody owns a namespace. */
function createOperatorAccess(deps: {
  readonly authoriser: Authoriser;
  readonly database: Database<HubTables>;
}): UsageAccess {
  const { authoriser } = deps;
  return {
    assertSeesHub: (caller) => assertOperates(authoriser, caller),
    async getNamespace(caller) {
      await assertOperates(authoriser, caller);
      throw new ProblemError(PROBLEMS.NOT_FOUND, { detail: "this hub has no namespaces" });
    },
    getRepository: (caller, name) => getLiteralRepository(deps, caller, name),
  };
}
