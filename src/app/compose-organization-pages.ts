import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { type CatalogAccess, createOrganizationPageRoutes } from "../catalog/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { HubTables } from "./stores.ts";

/** Where there are accounts: what pages show of organizations. */
export function composeOrganizationPages(
  parts: {
    readonly identity: Pick<Identity, "authority">;
    readonly database: Database<HubTables>;
  },
  access: CatalogAccess,
): { readonly routes: readonly FastifyPluginAsyncZod[] } {
  const { identity, database } = parts;
  const { authority } = identity;
  if (authority === undefined) return { routes: [] };
  return { routes: [createOrganizationPageRoutes({ db: database.reader, access, authority })] };
}
