import type { Logger } from "pino";
import { type HttpServer, type HttpServerOptions, startHttpServer } from "../server.ts";
import { createApplication } from "./application.ts";
import { type OperationsDeps, registerOperations } from "./operations.ts";

const IDLE_TIMEOUT_MS = 60_000;
const DRAIN_MS = 1000;

/**
 * A second address for those who run the hub only, as registry:2's `http.debug.addr`: what the first one has of that,
 * and `/debug/health` with what registry:2 answers there.
 */
export async function startDebugServer(
  deps: OperationsDeps & { readonly listen: HttpServerOptions["listen"]; readonly log: Logger },
): Promise<HttpServer> {
  const { listen, log } = deps;
  const application = createApplication({ observe: () => undefined, log });
  registerOperations(application, deps);
  application.get("/debug/health", { config: { access: "public" } }, async (_request, reply) => {
    const { isReady, checks } = await deps.readiness.look();
    const failed = Object.entries(checks).filter(([, outcome]) => outcome === "failed");
    return reply.code(isReady ? 200 : 503).send(Object.fromEntries(failed));
  });
  await application.ready();
  return startHttpServer({
    listen,
    handler: (request, response) => application.routing(request, response),
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    drainMs: DRAIN_MS,
    log,
  });
}
