import { createHash } from "node:crypto";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { BUILD_PATHS, badgeQuery } from "../../contract/builds.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { findLatestState } from "../builds-store.ts";
import type { BuildTables } from "../tables.ts";
import { drawBadge, wordOf } from "./draw-badge.ts";

export interface BadgeDeps {
  readonly database: Database<BuildTables>;
  /** Undefined for what not everybody may see, and for what is not there. */
  readonly findPublic: (name: string) => Promise<Repository | undefined>;
}

/** Whoever shows a badge on a page is nobody that the hub knows. */
const config = { access: "public" } as const;
const params = z.object({ "*": z.string().max(255) });
const SUFFIX = ".svg";

/** How the latest build went, as an image for pages elsewhere. */
export function createBadgeRoutes({ database, findPublic }: BadgeDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const schema = { params, querystring: badgeQuery };
    app.get(`${BUILD_PATHS.badge}/*`, { config, schema }, async (request, reply) => {
      const path = request.params["*"];
      const name = path.endsWith(SUFFIX) ? path.slice(0, -SUFFIX.length) : undefined;
      const found = name === undefined ? undefined : await findPublic(name);
      const { rule } = request.query;
      const state =
        found && (await findLatestState(database.reader, { repository: found.id, rule }));
      const badge = drawBadge(wordOf(state));
      const etag = `"${createHash("sha256").update(badge).digest("base64url").slice(0, 22)}"`;
      reply.header("ETag", etag).header("Cache-Control", "no-cache, max-age=0");
      if (request.headers["if-none-match"] === etag) return reply.code(304).send();
      return reply.type("image/svg+xml; charset=utf-8").send(badge);
    });
  };
}
