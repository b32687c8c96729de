import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import { BUILD_PATHS, buildBases } from "../../contract/builds.ts";
import type { Database } from "../../platform/db/index.ts";
import type { BuildAccess } from "../build-access.ts";
import type { BuildTables } from "../tables.ts";
import type { HubImages } from "./base-follower.ts";
import { type BaseLink, listLinks } from "./base-links-store.ts";
import { findLook } from "./outside-bases-store.ts";
import { OUTSIDE } from "./outside-place.ts";

interface BaseRouteDeps {
  readonly database: Database<BuildTables>;
  readonly access: Pick<BuildAccess, "getRepository">;
  readonly images: HubImages;
}

const config = { access: "account" } as const;
const params = z.object({ "*": z.string().max(255) });

/** What the images of a repository were built on, and whether that has moved since. */
export function createBaseRoutes(deps: BaseRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const schema = { params, response: { 200: buildBases } };
    app.get(`${BUILD_PATHS.bases}/*`, { config, schema }, async (request) => {
      const found = await deps.access.getRepository(callerOf(request), request.params["*"], "pull");
      const links = await listLinks(deps.database.reader, found.id);
      return { items: await Promise.all(links.map((link) => toBody(deps, link))) };
    });
  };
}

async function toBody(
  { database, images }: BaseRouteDeps,
  { rule, ref, reference, base, digest, build, isCycle }: BaseLink,
) {
  const now = await images.findDigest(database.reader, base);
  const isOutdated = now !== undefined && now !== digest;
  const look =
    base.repositoryId === OUTSIDE ? await findLook(database.reader, base.tag) : undefined;
  return {
    ...{ rule: rule + 1, ref, base: reference, digest, build, isOutdated, isCycle },
    ...(look?.lookedAt === undefined ? {} : { lookedAt: look.lookedAt.toISOString() }),
    ...(look?.why === undefined ? {} : { why: look.why }),
  };
}
