import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Logger } from "pino";
import type { TlsFiles } from "./tls-files.ts";

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface HttpServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls?: TlsFiles | undefined;
  readonly handler: RequestHandler;
  /** A connection on which nothing moves for so long is closed, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** How long requests that are under way may take to end when the server stops, in milliseconds. */
  readonly drainMs: number;
  readonly maxHeaderBytes?: number;
  readonly log: Logger;
}

export interface HttpServer {
  readonly server: Server | TlsServer;
  readonly address: AddressInfo;
  /** The address as a URL, for people. */
  readonly url: string;
  /** Takes no new connection, lets requests end, and closes what is left after the drain time. */
  close(): Promise<{ drained: boolean }>;
}

const HEADERS_TIMEOUT_MILLISECONDS = 60_000;
/** Longer than the 60 to 75 seconds for which proxies keep their connections. */
const KEEP_ALIVE_MILLISECONDS = 90_000;
const MAX_HEADER_BYTES = 16 * 1024;

/** Starts listening. There is no limit on how long a request takes, only on how long nothing moves. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const settings = {
    requestTimeout: 0,
    headersTimeout: HEADERS_TIMEOUT_MILLISECONDS,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    connectionsCheckingInterval: 5000,
    maxHeaderSize: options.maxHeaderBytes ?? MAX_HEADER_BYTES,
    noDelay: true,
  };
  const server =
    options.tls === undefined
      ? createServer(settings, options.handler)
      : createTlsServer({ ...settings, ...(await options.tls.load()) }, options.handler);
  options.tls?.watch(server as TlsServer);
  server.timeout = options.idleTimeoutMs;
  server.on("checkContinue", options.handler);
  server.on("clientError", answerClientError);
  await listen(server, options.listen);
  const address = server.address() as AddressInfo;
  return {
    server,
    address,
    url: `${options.tls === undefined ? "http" : "https"}://${printAddress(address)}`,
    close: () => close(server, options),
  };
}

function listen(server: Server, where: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where.port, where.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function close(
  server: Server | TlsServer,
  options: HttpServerOptions,
): Promise<{ drained: boolean }> {
  options.tls?.[Symbol.dispose]();
  if (!server.listening) return { drained: true };
  const closed = new Promise<boolean>((resolve) => server.close(() => resolve(true)));
  server.closeIdleConnections();
  const { promise: late, resolve: giveUp } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => giveUp(false), options.drainMs);
  const idle = setInterval(() => server.closeIdleConnections(), 100);
  const drained = await Promise.race([closed, late]);
  clearTimeout(timer);
  clearInterval(idle);
  if (!drained) {
    options.log.warn({ drainMs: options.drainMs }, "connections cut at the end of the drain time");
    server.closeAllConnections();
    await closed;
  }
  return { drained };
}

/** Malformed requests get an HTTP answer, so that a client that tried TLS on this port learns what it talks to. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, message] = describeClientError(error.code);
  const body = JSON.stringify({ errors: [{ code, message, detail: null }] });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function describeClientError(code: string | undefined): [string, string, string] {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return [
        "431 Request Header Fields Too Large",
        "UNSUPPORTED",
        "the request's headers are larger than 16 KiB",
      ];
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return ["408 Request Timeout", "UNSUPPORTED", "the request's headers did not arrive in time"];
    default:
      return ["400 Bad Request", "UNSUPPORTED", "this is not an HTTP/1.1 request"];
  }
}

function printAddress(address: AddressInfo): string {
  return address.family === "IPv6"
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}
