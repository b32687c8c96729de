import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { RequestHandler } from "../platform/http/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import type { RequestObserver } from "../platform/observability/index.ts";
import { type KeyAlgorithm, ServerKeys } from "./collections/server-keys.ts";
import type { TrustDeps } from "./collections/trust-collection.ts";
import { TrustKeeper } from "./collections/trust-keeper.ts";
import { TrustPublisher } from "./collections/trust-publisher.ts";
import { TrustReader } from "./collections/trust-reader.ts";
import type { DoorDeps } from "./http/trust-door.ts";
import { TrustFeed } from "./http/trust-feed.ts";
import { createTrustHandler } from "./http/trust-handler.ts";
import { isTrustPath } from "./http/trust-route.ts";
import { createTrustRoutes } from "./http/trust-routes.ts";

export interface TrustOptions extends Omit<TrustDeps, "keys">, DoorDeps {
  readonly sealing: Sealing;
  /** Of the keys that the hub makes. */
  readonly keyAlgorithm: KeyAlgorithm;
  readonly observe: RequestObserver;
  readonly log: Logger;
}

export interface Trust {
  readonly routes: readonly FastifyPluginAsyncZod[];
  /** Answers what is Notary's, and leaves everything else to the registry. */
  before(registry: RequestHandler): RequestHandler;
}

/** Docker Content Trust: what is signed in the hub, and the keys that it holds for those who sign. */
export function createTrust(options: TrustOptions): Trust {
  const keys = new ServerKeys({ sealing: options.sealing, algorithm: options.keyAlgorithm });
  const deps = { ...options, keys };
  const keeper = new TrustKeeper(deps);
  const handler = createTrustHandler({
    ...options,
    publisher: new TrustPublisher(deps),
    reader: new TrustReader(deps),
    keeper,
    feed: new TrustFeed(options),
  });
  return {
    routes: [createTrustRoutes({ ...options, keeper }), createNotaryHealth()],
    before: (registry) => (request, response) =>
      isTrustPath(request.url ?? "") ? handler(request, response) : registry(request, response),
  };
}

/** Where the reference server says that it is well. */
function createNotaryHealth(): FastifyPluginAsyncZod {
  return async (app) => {
    app.get("/_notary_server/health", { config: { access: "public" } }, async () => ({}));
  };
}
