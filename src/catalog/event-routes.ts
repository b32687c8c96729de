import type { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { callerOf } from "../access/index.ts";
import { EVENTS_PATH } from "../contract/catalog.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { LiveEvents } from "./live-events.ts";

const FULL = { status: 503, title: "too many pages listen already" };

/** A stream of server-sent events, which ends after five minutes and is asked for anew. No part of the API's description, which knows no streams. */
export function createEventRoutes(events: LiveEvents): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { access: "anybody" } as const;
    app.get(EVENTS_PATH, { config, schema: { hide: true } }, async (request, reply) =>
      sendEvents(reply, await events.listen(callerOf(request))),
    );
  };
}

/** Throws when there is no place for one more listener. */
export function sendEvents(reply: FastifyReply, stream: Readable | undefined): FastifyReply {
  if (stream === undefined) throw new ProblemError(FULL);
  reply.raw.once("close", () => stream.destroy());
  // Proxies would hold back what is to come at once.
  reply.header("X-Accel-Buffering", "no").type("text/event-stream");
  return reply.send(stream);
}
