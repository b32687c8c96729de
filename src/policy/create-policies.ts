import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Authoriser, Journal } from "../access/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { PullGate } from "../registry/index.ts";
import { findRepositoryName } from "../repositories/index.ts";
import { findImage } from "../signing/index.ts";
import { ExceptionEnds } from "./hub/exception-ends.ts";
import { Gate } from "./hub/gate.ts";
import { PoliciesInForce } from "./hub/policies-in-force.ts";
import { createPolicyRoutes, type PolicyRouteDeps } from "./hub/policy-routes.ts";
import { PullPolicies } from "./hub/pull-policies.ts";
import { ReportLog } from "./hub/report-log.ts";
import { type TrialDeps, Trials } from "./hub/trials.ts";
import type { FactDeps } from "./image-facts.ts";
import type { PolicyScope } from "./policy.ts";
import type { PolicyTables } from "./tables.ts";

export interface PolicyDeps
  extends Pick<FactDeps, "blobs" | "readScan" | "listNotarySignatures">,
    Pick<TrialDeps, "findAccount">,
    Pick<PolicyRouteDeps, "getScope" | "getRepository"> {
  readonly database: Database<PolicyTables>;
  readonly authoriser: Authoriser;
  readonly journal: Journal;
  readonly onChanged: (scope: Pick<PolicyScope, "kind" | "id">) => void;
  readonly settlePulls: () => Promise<void>;
  readonly clock: () => Date;
}

export interface Policies {
  readonly gate: PullGate;
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
  /** Writes down what is still to be written. */
  close(): Promise<void>;
}

const SECOND = 1000;

/** Decides what may be pulled, by what is known of images. */
export async function createPolicies(deps: PolicyDeps): Promise<Policies> {
  const { database } = deps;
  const inForce = new PoliciesInForce(database);
  await inForce.load();
  const reports = new ReportLog(deps);
  const ends = new ExceptionEnds(deps);
  const onChanged: PolicyDeps["onChanged"] = (scope) => {
    ends.renew();
    deps.onChanged(scope);
  };
  const parts = { ...deps, onChanged, inForce, reports };
  return {
    gate: new Gate(parts),
    routes: [
      createPolicyRoutes({
        ...deps,
        policies: new PullPolicies(parts),
        trials: new Trials(parts),
        findDigest: async (place, reference) =>
          (await findImage(database.reader, place, reference))?.digest,
        findRepositoryName: (id) => findRepositoryName(database.reader, id),
      }),
    ],
    jobs: [
      { name: "note refused pulls", everyMs: SECOND, run: () => reports.flush() },
      { name: "tell of ended exceptions", everyMs: SECOND, run: () => ends.tell() },
    ],
    close: () => reports.flush(),
  };
}
