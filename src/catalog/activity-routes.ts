import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import { activityPage, activityQuery, CATALOG_ACTIVITY_PATH } from "../contract/catalog.ts";
import { toPage } from "../contract/pages.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { CatalogAccess } from "./catalog-access.ts";

export interface ActivityRouteDeps {
  readonly db: Kysely<RegistryTables>;
  readonly access: CatalogAccess;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const config = { access: "anybody" } as const;

/** What happened to the tags of a repository: for whoever may pull from it. */
export function createActivityRoutes({ db, access }: ActivityRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const schema = { params, querystring: activityQuery, response: { 200: activityPage } };
    app.get(`${CATALOG_ACTIVITY_PATH}/*`, { config, schema }, async (request) => {
      const { id } = await access.getRepository(callerOf(request), request.params["*"]);
      const { last, limit } = request.query;
      const rows = await listMoves(db, id, { before: last, limit: limit + 1 });
      return toPage(
        rows.map((row) => ({
          id: String(row.id),
          tag: row.tag,
          ...(row.from_digest === null ? {} : { from: row.from_digest }),
          ...(row.to_digest === null ? {} : { to: row.to_digest }),
          ...{ by: row.actor, cause: row.cause },
          at: new Date(Number(row.at)).toISOString(),
        })),
        limit,
        (move) => move.id,
      );
    });
  };
}

function listMoves(
  db: Kysely<RegistryTables>,
  repository: RepositoryId,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
) {
  let query = db.selectFrom("tag_events").selectAll().where("repository_id", "=", repository);
  if (before !== undefined) query = query.where("id", "<", Number(before));
  return query.orderBy("id", "desc").limit(limit).execute();
}
