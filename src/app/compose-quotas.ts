import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import type { Caller, Journal } from "../access/index.ts";
import type { FindStored } from "../catalog/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import {
  ArrivingBytes,
  createNamespaceQuotaRoutes,
  createQuotaRoutes,
  type DefaultQuotas,
  findStored,
  Limits,
  PushQuotas,
  Quotas,
  Refusals,
} from "../lifecycle/index.ts";
import { OciError } from "../oci/error.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Authority, HoldToQuota } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { PushQuota } from "../registry/index.ts";
import { findWholeRepository } from "../repositories/index.ts";
import type { HubTables } from "./stores.ts";

export interface ComposedQuotas {
  readonly pushes: PushQuota;
  readonly jobs: readonly PeriodicJob[];
  readonly holdToQuota: HoldToQuota;
  /** Of one repository, from what is counted. */
  readonly findStored: FindStored;
  /** Where there are accounts. */
  createRoutes(parts: {
    readonly authority: Authority;
    readonly journal: Journal;
  }): readonly FastifyPluginAsyncZod[];
  /** Where there are none: whoever may work on the hub sets its quotas, and nobody owns a namespace. */
  createOpenRoutes(): readonly FastifyPluginAsyncZod[];
  /** Writes down what is still to be written. */
  close(): Promise<void>;
}

const SECOND = 1000;

/** What may be stored, in every mode. */
export async function composeQuotas(
  defaults: DefaultQuotas,
  deps: { readonly database: Database<HubTables>; readonly clock: () => Date },
): Promise<ComposedQuotas> {
  const limits = await Limits.open(deps.database.reader, defaults);
  const refusals = new Refusals(deps);
  const parts = { ...deps, limits, refusals, arriving: new ArrivingBytes() };
  const pushes = new PushQuotas(parts);
  return {
    pushes,
    findStored: (repository) => findStored(deps.database.reader, repository),
    jobs: [{ name: "tell of full quotas", everyMs: SECOND, run: () => refusals.flush() }],
    close: () => refusals.flush(),
    holdToQuota: (trx, addition, work) =>
      holdToQuota(pushes, trx as Kysely<HubTables>, { ...addition, work }),
    createRoutes: ({ authority, journal }) =>
      createRoutes(authority, new Quotas({ ...parts, journal })),
    createOpenRoutes: () => {
      const journal = { record: async () => undefined };
      return createOpenRoutes(deps.database, new Quotas({ ...parts, journal }));
    },
  };
}

function createRoutes(authority: Authority, quotas: Quotas): readonly FastifyPluginAsyncZod[] {
  return [
    createQuotaRoutes({
      quotas,
      access: "account",
      assertSeesHub,
      async getRepository(caller, name, need) {
        const [namespace = ""] = name.split("/", 1);
        if (need === "set") await authority.getNamespace(caller, namespace, "owner");
        return await authority.getRepository(caller, name, "pull");
      },
    }),
    createNamespaceQuotaRoutes({
      quotas,
      getNamespace: (caller, name, need) => authority.getNamespace(caller, name, need),
    }),
  ];
}

function createOpenRoutes(
  database: Pick<Database<HubTables>, "reader">,
  quotas: Quotas,
): readonly FastifyPluginAsyncZod[] {
  return [
    createQuotaRoutes({
      quotas,
      access: "operate",
      assertSeesHub: () => undefined,
      async getRepository(_caller, name) {
        const found = await findWholeRepository(database.reader, name as RepositoryName);
        if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
        return found;
      },
    }),
  ];
}

/** Throws DENIED. */
export function assertSeesHub({ by: { role, credential } }: Caller): void {
  if (role !== undefined && credential?.permits === undefined) return;
  const detail = "what the whole hub stores is for its administrators and auditors";
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}

/** The same rule at the doors of the HTTP API, in its own words. */
async function holdToQuota(
  pushes: PushQuota,
  trx: Kysely<HubTables>,
  addition: Parameters<HoldToQuota>[1] & { readonly work: () => Promise<void> },
): Promise<void> {
  const { name, from, by: principal, origin, work } = addition;
  const target = { name, repositoryId: undefined };
  const by = { principal, origin: () => origin };
  try {
    await pushes.hold(trx, { target, by, ...(from === undefined ? {} : { from }) }, work);
  } catch (cause) {
    if (!(cause instanceof OciError && cause.code === "QUOTA_EXCEEDED")) throw cause;
    throw new ProblemError(PROBLEMS.QUOTA_EXCEEDED, { detail: cause.message, cause });
  }
}
