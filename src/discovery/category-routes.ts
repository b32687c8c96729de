import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf, type Journal } from "../access/index.ts";
import { CATEGORIES_PATH, repositoryCategories } from "../contract/discovery.ts";
import type { Database } from "../platform/db/index.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { Repository } from "../repositories/index.ts";
import { findFacets, saveFacets } from "./facets-store.ts";
import type { DiscoveryTables } from "./tables.ts";

export interface CategoryRouteDeps {
  readonly database: Database<DiscoveryTables & RegistryTables>;
  readonly access: {
    /** Throws NOT_FOUND, UNAUTHORIZED or DENIED. */
    getRepository(caller: Caller, name: string, action: "pull" | "admin"): Promise<Repository>;
  };
  readonly journal: Journal;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const answer = { 200: repositoryCategories };

/** What a repository is filed under: whoever may pull sees it, whoever administers it says it. */
export function createCategoryRoutes({
  database,
  access,
  journal,
}: CategoryRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const show = { params, response: answer };
    app.get(
      `${CATEGORIES_PATH}/*`,
      { config: { access: "anybody" }, schema: show },
      async (request) => {
        const { id } = await access.getRepository(callerOf(request), request.params["*"], "pull");
        const { categories } = await findFacets(database.reader, id);
        return { categories: [...categories] };
      },
    );
    const save = { params, body: repositoryCategories, response: answer };
    app.put(
      `${CATEGORIES_PATH}/*`,
      { config: { access: "anybody" }, schema: save },
      async (request) => {
        const { by, origin } = callerOf(request);
        const found = await access.getRepository(callerOf(request), request.params["*"], "admin");
        const categories = [...new Set(request.body.categories)];
        const [account = ""] = found.name.split("/", 1);
        await database.write(async (trx) => {
          const before = await findFacets(trx, found.id);
          await saveFacets(trx, found.id, { categories });
          await journal.record(trx, {
            action: "repo.category.updated",
            ...{ by, origin, account, name: found.name },
            ...{ before: { categories: before.categories }, after: { categories } },
          });
        });
        return { categories };
      },
    );
  };
}
