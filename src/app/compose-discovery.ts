import { buffer } from "node:stream/consumers";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { CatalogAccess } from "../catalog/index.ts";
import { createCategoryRoutes, Describer } from "../discovery/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { HubTables, Stores } from "./stores.ts";

const EVERY_MS = 1000;

/** By what repositories are found, in every mode. */
export function composeDiscovery(
  {
    database,
    blobs,
    identity,
    log,
  }: {
    readonly database: Database<HubTables>;
    readonly blobs: Stores["blobs"];
    readonly identity: Pick<Identity, "access">;
    readonly log: Logger;
  },
  access: CatalogAccess,
): { readonly routes: readonly FastifyPluginAsyncZod[]; readonly jobs: readonly PeriodicJob[] } {
  const describer = new Describer({
    ...{ database, log },
    async readSmall(digest, bytes) {
      // The size that counts is that of the bytes, not the one that a manifest claims.
      const size = await blobs.size(digest);
      if (size === undefined || size > bytes) return undefined;
      const content = await blobs.read(digest);
      return content && (await buffer(content));
    },
  });
  return {
    routes: [createCategoryRoutes({ database, access, ...identity.access })],
    jobs: [
      { name: "describe repositories", everyMs: EVERY_MS, run: (signal) => describer.run(signal) },
    ],
  };
}
