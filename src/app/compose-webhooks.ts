import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { Journal } from "../access/index.ts";
import { getNamespace } from "../namespaces/index.ts";
import type { Authority } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import { createOutboundClient } from "../platform/outbound/index.ts";
import { findRepositoryName } from "../repositories/index.ts";
import {
  createWebhookRoutes,
  Deliverer,
  fanOut,
  trimDeliveryLog,
  Webhooks,
} from "../webhooks/index.ts";
import type { HubTables } from "./stores.ts";

interface WebhookParts {
  readonly database: Database<HubTables>;
  readonly journal: Journal;
  readonly authority: Authority;
  /** Where clients reach the hub, when it was told. */
  readonly url: string | undefined;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

export interface ComposedWebhooks {
  readonly routes: FastifyPluginAsyncZod;
  readonly jobs: readonly PeriodicJob[];
  close(): Promise<void>;
}

const SECOND = 1000;
const HOUR = 3_600_000;

/** Who hears of what happens, and the work of telling them. */
export function composeWebhooks(
  { outboundAllow }: { readonly outboundAllow: readonly string[] },
  parts: WebhookParts,
): ComposedWebhooks {
  const { database } = parts;
  const outbound = createOutboundClient({ allow: outboundAllow });
  const webhooks = new Webhooks({ ...parts, outbound });
  const deliverer = new Deliverer({ ...parts, outbound });
  const baseUrl = parts.url?.replace(/\/+$/, "") ?? "";
  return {
    routes: createWebhookRoutes({
      ...parts,
      webhooks,
      findRepositoryName: (id) => findRepositoryName(database.reader, id),
      findNamespaceName: async (id) => (await getNamespace(database.reader, id)).name,
    }),
    jobs: [
      {
        name: "send webhooks",
        everyMs: SECOND / 2,
        async run() {
          await fanOut({ ...parts, baseUrl });
          await deliverer.begin();
        },
      },
      { name: "trim webhook log", everyMs: HOUR, run: () => trimDeliveryLog(parts) },
    ],
    async close() {
      await deliverer.settle();
      await outbound[Symbol.asyncDispose]();
    },
  };
}
