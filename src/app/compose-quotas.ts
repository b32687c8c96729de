import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Journal } from "../access/index.ts";
import {
  ArrivingBytes,
  createQuotaRoutes,
  type DefaultQuotas,
  Limits,
  PushQuotas,
  Quotas,
} from "../lifecycle/index.ts";
import type { Authority } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PushQuota } from "../registry/index.ts";
import type { HubTables } from "./stores.ts";

export interface ComposedQuotas {
  readonly pushes: PushQuota;
  /** Where there are accounts; elsewhere the configured quotas hold. */
  createRoutes(parts: {
    readonly authority: Authority;
    readonly journal: Journal;
  }): readonly FastifyPluginAsyncZod[];
}

/** What may be stored, in every mode. */
export async function composeQuotas(
  defaults: DefaultQuotas,
  deps: { readonly database: Database<HubTables>; readonly clock: () => Date },
): Promise<ComposedQuotas> {
  const limits = await Limits.open(deps.database.reader, defaults);
  const parts = { ...deps, limits, arriving: new ArrivingBytes() };
  return {
    pushes: new PushQuotas(parts),
    createRoutes: ({ authority, journal }) => [
      createQuotaRoutes({
        quotas: new Quotas({ ...parts, journal }),
        getNamespace: (caller, name, need) => authority.getNamespace(caller, name, need),
        getRepository: (caller, name, action) => authority.getRepository(caller, name, action),
      }),
    ],
  };
}
