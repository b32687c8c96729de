import { pino } from "pino";
import { Wire } from "../../../test/harness/wire.ts";
import { type HttpServer, type HttpServerOptions, startHttpServer } from "./server.ts";

export type TestServer = HttpServer &
  AsyncDisposable & {
    connect(): Promise<Wire>;
    /** Of each request that came, method and target. */
    readonly seen: readonly string[];
  };

/** Our HTTP server on a port of its own, with timeouts that let nothing end by itself. */
export async function startTestServer(
  options: Partial<HttpServerOptions> & Pick<HttpServerOptions, "handler">,
): Promise<TestServer> {
  const seen: string[] = [];
  const server = await startHttpServer({
    listen: { host: "127.0.0.1", port: 0 },
    idleTimeoutMs: 60_000,
    drainMs: 60_000,
    log: pino({ level: "silent" }),
    ...options,
    handler: (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      options.handler(request, response);
    },
  });
  const wires: Wire[] = [];
  return {
    ...server,
    seen,
    connect: async () => {
      const wire = await Wire.open(server.address.port);
      wires.push(wire);
      return wire;
    },
    [Symbol.asyncDispose]: async () => {
      for (const wire of wires) wire[Symbol.dispose]();
      await server.close("the test is over");
    },
  };
}
