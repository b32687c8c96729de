import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Journal } from "../access/index.ts";
import { getNamespace } from "../namespaces/index.ts";
import type { Authority } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import { findRepositoryName } from "../repositories/index.ts";
import {
  createCallbackRoutes,
  createPreviewRoutes,
  createWebhookRoutes,
  type WebhookRouteDeps,
  Webhooks,
} from "../webhooks/index.ts";
import type { Telling } from "./compose-telling.ts";
import type { HubTables } from "./stores.ts";

interface WebhookParts extends Pick<PublicAddress, "clientAddressOf"> {
  readonly database: Database<HubTables>;
  readonly journal: Journal;
  readonly authority: Authority;
  readonly telling: Telling;
  readonly sealing: Sealing;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

/** Who may ask to hear of what happens. */
export function composeWebhooks(parts: WebhookParts): FastifyPluginAsyncZod {
  const { database } = parts;
  const { interest, outbound, self } = parts.telling;
  const webhooks = new Webhooks({ ...parts, outbound, onChange: () => interest.refresh() });
  const deps: WebhookRouteDeps = {
    ...parts,
    webhooks,
    findRepositoryName: (id) => findRepositoryName(database.reader, id),
    findNamespaceName: async (id) => (await getNamespace(database.reader, id)).name,
  };
  return async (app) => {
    await app.register(createWebhookRoutes(deps));
    await app.register(createPreviewRoutes({ ...deps, ...self, clock: parts.clock }));
    await app.register(createCallbackRoutes(parts));
  };
}
