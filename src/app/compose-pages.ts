import { join } from "node:path";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { CatalogAccess, createCatalogRoutes } from "../catalog/index.ts";
import {
  createHubRoutes,
  createPageRoutes,
  createPolicyReportRoutes,
  openBuiltPages,
} from "../pages/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Metrics } from "../platform/observability/index.ts";
import { Statistics } from "../pulls/index.ts";
import type { AccessOptions, Identity } from "./compose-identity.ts";
import type { ComposedQuotas } from "./compose-quotas.ts";
import type { HubTables } from "./stores.ts";

/** Beside `src` in a clone and `dist` in a release: it is built from `web`. */
const BUILT_PAGES = join(import.meta.dirname, "../../dist-pages");

/** In every mode: the web pages, and what they show of the registry. */
export async function composePages(parts: {
  readonly version: string;
  readonly access: AccessOptions;
  readonly identity: Pick<Identity, "access">;
  readonly database: Database<HubTables>;
  readonly quotas: Pick<ComposedQuotas, "findStoredBytes">;
  readonly metrics: Metrics;
  readonly clock: () => Date;
  readonly log: Logger;
}): Promise<{ readonly routes: readonly FastifyPluginAsyncZod[] }> {
  const { database, version, access, log } = parts;
  const { mode } = access;
  const signUp = access.mode === "accounts" ? access.signUp.policy : "closed";
  const pages = await openBuiltPages(BUILT_PAGES);
  if (pages === undefined) log.warn({ directory: BUILT_PAGES }, "pages were not built");
  const db = database.reader;
  return {
    routes: [
      createHubRoutes({ version, mode, signUp }),
      createPolicyReportRoutes(parts),
      createCatalogRoutes({
        db,
        access: new CatalogAccess({ ...parts.identity.access, database }),
        statistics: new Statistics({ db }),
        findStoredBytes: parts.quotas.findStoredBytes,
      }),
      ...(pages === undefined ? [] : [createPageRoutes(pages)]),
    ],
  };
}
