import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { callerOf } from "../../../access/index.ts";
import {
  RETENTION_PATHS,
  type SimulationEvent,
  simulationRequest,
} from "../../../contract/retention.ts";
import { openScope, type RetentionAccess } from "../retention-access.ts";
import { assertPattern, readInUse, readPolicy } from "./policies.ts";
import { type SimulateDeps, simulate } from "./simulate.ts";

export interface SimulationRouteDeps extends SimulateDeps {
  readonly access: RetentionAccess;
  readonly log: Logger;
}

/** As a stream of JSON lines, like the operations of the hub; a client that hangs up ends it. */
export function createSimulationRoutes(deps: SimulationRouteDeps): FastifyPluginAsyncZod {
  return async (app) => {
    const config = { access: "anybody" } as const;
    const schema = { body: simulationRequest };
    app.post(RETENTION_PATHS.simulations, { config, schema }, async (request, reply) => {
      const { scope: named, policy, inUse, show, once: isOnce } = request.body;
      const wish = { scope: named, wish: "manage" } as const;
      const scope = await openScope(deps.access, callerOf(request), wish);
      assertPattern(scope.pattern);
      const inUseMs = readInUse(inUse);
      const draft =
        policy === undefined ? undefined : { scope, text: readPolicy(policy).text, inUseMs };
      const stop = new AbortController();
      reply.raw.on("close", () => stop.abort());
      const events = simulate(deps, { scope, draft, isOnce, show, signal: stop.signal });
      reply.header("Cache-Control", "no-store").type("application/x-ndjson");
      return reply.send(Readable.from(toLines(deps, events, stop.signal)));
    });
  };
}

const CHUNK_BYTES = 16_384;
const PROGRESS_MS = 500;

/** Many lines at a time, and only as fast as they are read. */
async function* toLines(
  { log }: Pick<SimulationRouteDeps, "log">,
  events: AsyncIterable<SimulationEvent>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let chunk = "";
  let toldAt = 0;
  try {
    for await (const event of events) {
      const isProgress = event.type === "progress";
      const isDue = performance.now() - toldAt > PROGRESS_MS;
      if (isProgress && !isDue) continue;
      chunk += `${JSON.stringify(event)}\n`;
      if (chunk.length < CHUNK_BYTES && !isProgress) continue;
      yield chunk;
      chunk = "";
      toldAt = performance.now();
    }
  } catch (err) {
    if (signal.aborted) return;
    log.error({ err }, "simulation failed");
    const message = "the simulation ended early; the hub's log says why";
    chunk += `${JSON.stringify({ type: "failure", message })}\n`;
  }
  yield chunk;
}
