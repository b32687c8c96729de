import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { createOperatingRoutes, LiveJobs, type OperatingDeps } from "../catalog/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Identity } from "./compose-identity.ts";
import { assertSeesHub } from "./compose-quotas.ts";
import { assertKnown, assertOperates } from "./operator-access.ts";
import type { HubTables } from "./stores.ts";

/** In every mode: what those who run the hub look at. */
export function composeOperating(parts: {
  readonly identity: Pick<Identity, "access" | "authority">;
  readonly database: Database<HubTables>;
  readonly settings: OperatingDeps["settings"];
  readonly clock: () => Date;
  readonly log: Logger;
}): AsyncDisposable & { readonly routes: readonly FastifyPluginAsyncZod[] } {
  const { identity, database, settings, clock, log } = parts;
  const { authority, access } = identity;
  const liveJobs = new LiveJobs({ db: database.reader, log });
  return {
    [Symbol.asyncDispose]: () => liveJobs[Symbol.asyncDispose](),
    routes: [
      createOperatingRoutes({
        ...{ db: database.reader, settings, liveJobs, clock },
        async assertSeesHub(caller) {
          if (authority === undefined) return await assertOperates(access.authoriser, caller);
          assertKnown(caller);
          assertSeesHub(caller);
        },
      }),
    ],
  };
}
