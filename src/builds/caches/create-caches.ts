import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { PeriodicJob } from "../../platform/jobs/index.ts";
import type { BuildAccess } from "../build-access.ts";
import type { Builder } from "../builder/builder.ts";
import { clearFolder } from "../builder/clear-folder.ts";
import { measure } from "../builder/sandbox/disk-watch.ts";
import { BuildCaches, type CachesDeps } from "./build-caches.ts";
import { createCacheRoutes } from "./cache-routes.ts";

export type CachesOptions = Omit<CachesDeps, "measure" | "clear"> & {
  readonly access: Pick<BuildAccess, "getRepository">;
};

interface CachesPart {
  readonly around: (builder: Builder) => Builder;
  readonly routes: FastifyPluginAsyncZod;
  readonly jobs: readonly PeriodicJob[];
  close(): Promise<void>;
}

const TIDY_EVERY_MS = 600_000;

/** The layers that the hub's own builders keep; those of engines and agents have limits of their own there. */
export function createBuildCachesPart(options: CachesOptions): CachesPart {
  const caches = new BuildCaches({
    ...options,
    measure: (folder) => measure([folder]),
    clear: clearFolder,
  });
  return {
    around: (builder) => caches.around(builder),
    routes: createCacheRoutes({ ...options, caches }),
    jobs: [
      {
        ...{ name: "tidy layers of builds", everyMs: TIDY_EVERY_MS, afterMs: 0 },
        run: () => caches.tidy(),
      },
    ],
    close: () => caches.close(),
  };
}
