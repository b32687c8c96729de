import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { originOf } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { webhookCallback } from "../contract/webhooks.ts";
import { RateWindow } from "../lib/rate-window.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import { putCallback } from "./deliveries-store.ts";
import type { WebhookTables } from "./tables.ts";

export interface CallbackDeps extends Pick<PublicAddress, "clientAddressOf"> {
  readonly database: Database<WebhookTables>;
  readonly clock: () => Date;
}

/** A build says that it began, went on and ended; more than that is no report of one. */
const PER_DELIVERY = 20;
const PER_ADDRESS = { count: 120, windowMs: 60_000 };
const BODY_BYTES = 16 * 1024;
const TOO_MANY = { status: 429, title: "too many reports from this address: wait a minute" };
/** `/u/<repository>/hook/<id>/`, as Docker Hub's body says it. */
const ADDRESS = /\/hook\/([A-Za-z0-9_-]{32})\/?$/;

/**
 * Where receivers of Docker Hub's body report what they made of it. Whoever knows a delivery's address may; what they say is
 * shown to those who see the delivery, and to nobody else. An address that does not exist is like any other of the hub.
 */
export function createCallbackRoutes(deps: CallbackDeps): FastifyPluginAsyncZod {
  const { database, clock } = deps;
  const window = new RateWindow({ limit: PER_ADDRESS, clock });
  return async (app) => {
    const schema = { body: webhookCallback };
    const config = { access: "public" } as const;
    app.post("/u/*", { config, schema, bodyLimit: BODY_BYTES }, async (request, reply) => {
      const { address } = originOf(request.raw, deps);
      if (!window.take(address).isWithin) throw new ProblemError(TOO_MANY);
      const id = ADDRESS.exec(request.url.split("?", 1)[0] ?? "")?.[1];
      const said = JSON.stringify({ ...request.body, at: clock().toISOString() });
      const isKept =
        id !== undefined &&
        (await database.write((trx) => putCallback(trx, { id, said, most: PER_DELIVERY })));
      if (!isKept) throw new ProblemError(PROBLEMS.NOT_FOUND);
      return reply.code(204).send();
    });
  };
}
