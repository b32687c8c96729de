import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import { CATALOG_TAGS_PATH, tagRows, tagsQuery } from "../contract/catalog.ts";
import type { CatalogAccess } from "./catalog-access.ts";
import { listTagRows, type TagRowDeps } from "./tag-rows.ts";

export interface TagRouteDeps extends TagRowDeps {
  readonly access: CatalogAccess;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const config = { access: "anybody" } as const;

/** Tags with what is in them, a page at a time and in the order that was asked for. */
export function createTagRoutes(deps: TagRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const list = { params, querystring: tagsQuery, response: { 200: tagRows } };
    app.get(`${CATALOG_TAGS_PATH}/*`, { config, schema: list }, async (request) => {
      const place = await deps.access.getRepository(callerOf(request), request.params["*"]);
      return await listTagRows(deps, place, request.query);
    });
  };
}
