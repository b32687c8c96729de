import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import {
  BUILD_CACHE_PATHS,
  type buildCache,
  buildCaches,
  repositoryBuildCache,
} from "../../contract/build-caches.ts";
import type { BuildAccess } from "../build-access.ts";
import type { BuildCaches, CachesDeps } from "./build-caches.ts";

interface CacheRouteDeps
  extends Pick<CachesDeps, "cacheBytes" | "cacheBytesPerRepository" | "findRepository"> {
  readonly access: Pick<BuildAccess, "getRepository">;
  readonly caches: BuildCaches;
}

type Body = z.input<typeof buildCache>;

const config = { access: "account" } as const;
/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });

/** Who reads a repository sees what its layers take, who administers it has them forgotten, and operators see those of all. */
export function createCacheRoutes(deps: CacheRouteDeps): FastifyPluginAsyncZod {
  const { access, caches, cacheBytes, cacheBytesPerRepository } = deps;
  return async (app) => {
    const all = { response: { 200: buildCaches } };
    app.get(BUILD_CACHE_PATHS.all, { config: { access: "operate" }, schema: all }, async () => {
      const items = await listAll(deps);
      return {
        items,
        totalBytes: items.reduce((sum, { bytes }) => sum + bytes, 0),
        ...{ limitBytes: cacheBytes, repositoryLimitBytes: cacheBytesPerRepository },
      };
    });
    const show = { params, response: { 200: repositoryBuildCache } };
    app.get(`${BUILD_CACHE_PATHS.of}/*`, { config, schema: show }, async (request) => {
      const { id, name } = await access.getRepository(
        callerOf(request),
        request.params["*"],
        "pull",
      );
      const found = (await caches.list()).find(({ repositoryId }) => repositoryId === id);
      return {
        ...{ repository: name, bytes: found?.bytes ?? 0, isUsed: caches.isUsed(id) },
        ...(found === undefined ? {} : { usedAt: found.usedAt.toISOString() }),
        repositoryLimitBytes: cacheBytesPerRepository,
      };
    });
    const clear = { params, response: { 204: z.null() } };
    app.delete(`${BUILD_CACHE_PATHS.of}/*`, { config, schema: clear }, async (request, reply) => {
      const caller = callerOf(request);
      await caches.clear(await access.getRepository(caller, request.params["*"], "admin"), caller);
      return reply.code(204).send(null);
    });
  };
}

async function listAll({ caches, findRepository }: CacheRouteDeps): Promise<Body[]> {
  const items: Body[] = [];
  for (const { repositoryId, bytes, usedAt } of await caches.list()) {
    const repository = await findRepository(repositoryId);
    // What is left of a deleted one is about to go.
    if (repository === undefined) continue;
    items.push({
      ...{ repository: repository.name, bytes, usedAt: usedAt.toISOString() },
      isUsed: caches.isUsed(repositoryId),
    });
  }
  return items;
}
