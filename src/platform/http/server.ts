import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Logger } from "pino";
import { errorBody } from "./client-error.ts";
import { Connections, type Traffic } from "./connections.ts";
import { continueOnceRead } from "./expectation.ts";
import type { FastLane } from "./fast-lane.ts";
import { hostOf } from "./host.ts";
import { KEEP_ALIVE_MS } from "./keep-alive.ts";
import type { TlsFiles } from "./tls-files.ts";

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface HttpServerOptions {
  readonly listen: {
    /** Every address of the machine without one. */
    readonly host?: string | undefined;
    readonly port: number;
    /** Lets several processes listen on the port; the kernel spreads connections over them. */
    readonly reusePort?: boolean;
  };
  readonly tls?: TlsFiles | undefined;
  /**
   * Gets every request with a well-formed Host. It may answer before the body has arrived and simply not read the rest:
   * the server does, so that the client gets to see the answer. It must not destroy the request before it has answered.
   */
  readonly handler: RequestHandler;
  /** Answers what it can before Node parses it. */
  readonly lane?: FastLane | undefined;
  /** A connection on which nothing moves for so long is closed. */
  readonly idleTimeoutMs: number;
  /** How long requests that are under way may take to end when the server closes. */
  readonly drainMs: number;
  /** How long the head of a request may take to arrive. */
  readonly headersTimeoutMs?: number;
  readonly maxHeaderBytes?: number;
  readonly maxConnections?: number;
  readonly log: Logger;
}

export interface HttpServer {
  readonly address: AddressInfo;
  /** The address as a URL, for people. */
  readonly url: string;
  traffic(): Traffic;
  /** Takes no new connection, lets requests end, and cuts what is left after the drain time. Later calls join the first. */
  close(reason?: string): Promise<{ readonly drained: boolean }>;
}

const HEADERS_TIMEOUT_MS = 60_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_CONNECTIONS = 20_000;
const TLS_HANDSHAKE_MS = 30_000;

/** Starts listening. There is no limit on how long a request takes, only on how long nothing moves. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { tls, lane } = options;
  const server = await createNodeServer(options);
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  const connections = new Connections(options);
  const event = tls === undefined ? "connection" : "secureConnection";
  connections.manage(server, event);
  lane?.attach(server, event);
  server.on("connection", (socket: Socket) => connections.watch(socket));
  server.on("request", serve);
  server.on("checkContinue", (request, response) => {
    continueOnceRead(request, response);
    serve(request, response);
  });
  const address = await listen(server, options.listen);
  let closing: Promise<{ readonly drained: boolean }> | undefined;
  return {
    address,
    url: `${tls === undefined ? "http" : "https"}://${printAddress(address)}`,
    traffic: () => connections.traffic(),
    close: (reason = "asked to") => {
      closing ??= close({ server, connections, options, reason });
      return closing;
    },
  };

  function serve(request: IncomingMessage, response: ServerResponse): void {
    connections.get(request.socket)?.begin(response);
    const host = hostOf(request.rawHeaders);
    if (host === "malformed") refuse(response, "the Host header does not name one host");
    else if (host === undefined && request.httpVersion === "1.1")
      refuse(response, "an HTTP/1.1 request names the host it is for in a Host header");
    else options.handler(request, response);
  }
}

async function createNodeServer(options: HttpServerOptions): Promise<Server> {
  const { tls, headersTimeoutMs = HEADERS_TIMEOUT_MS } = options;
  const settings: ServerOptions = {
    requestTimeout: 0,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(5000, headersTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: options.maxHeaderBytes ?? MAX_HEADER_BYTES,
    noDelay: true,
    // It answers without a body; ours says what is missing.
    requireHostHeader: false,
  };
  if (tls === undefined) return createServer(settings);
  const server = createTlsServer({
    ...settings,
    ...(await tls.load()),
    handshakeTimeout: TLS_HANDSHAKE_MS,
  });
  tls.watch(server);
  return server;
}

async function listen(server: Server, where: HttpServerOptions["listen"]): Promise<AddressInfo> {
  server.listen(where);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("the server listens on something that is not a port");
  }
  return address;
}

interface Closing {
  readonly server: Server;
  readonly connections: Connections;
  readonly options: HttpServerOptions;
  readonly reason: string;
}

async function close(closing: Closing): Promise<{ readonly drained: boolean }> {
  const { server, connections, options, reason } = closing;
  const { log, drainMs } = options;
  log.info({ reason, ...connections.traffic() }, "server closing");
  options.tls?.[Symbol.dispose]();
  const closed = new Promise((resolve) => server.close(resolve));
  options.lane?.drain();
  connections.drain();
  let drained = true;
  const timer = setTimeout(() => {
    drained = false;
    log.warn({ drainMs, ...connections.traffic() }, "connections cut at the end of the drain time");
    connections.destroyAll();
  }, drainMs);
  await closed;
  clearTimeout(timer);
  return { drained };
}

function refuse(response: ServerResponse, message: string): void {
  const body = errorBody(message);
  response.writeHead(400, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  });
  response.end(body);
}

const ANY_ADDRESS = new Set(["::", "0.0.0.0"]);

function printAddress({ address, family, port }: AddressInfo): string {
  if (ANY_ADDRESS.has(address)) return `localhost:${port}`;
  return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
}
