import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { sql } from "kysely";
import type { Logger } from "pino";
import { createAccessGuard, type Principal } from "../access/index.ts";
import type { KernelCalls } from "../platform/blobs/index.ts";
import {
  type Application,
  createApplication,
  createDispatcher,
  describeApi,
  Readiness,
  registerOperations,
  startDebugServer,
} from "../platform/http/api/index.ts";
import {
  FastLane,
  type HttpServer,
  type PublicAddress,
  startHttpServer,
  type TlsFiles,
} from "../platform/http/index.ts";
import type { Metrics, RequestObserver } from "../platform/observability/index.ts";
import type { Registry } from "../registry/index.ts";
import type { Trust } from "../trust/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { Stores } from "./stores.ts";

export interface ServingOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** Where only those who run the hub may ask; nowhere when undefined. */
  readonly debugListen: { readonly host: string; readonly port: number } | undefined;
  readonly tls: TlsFiles | undefined;
  readonly idleTimeoutMs: number;
  readonly drainMs: number;
  readonly version: string;
  readonly blobRoot: string;
  readonly log: Logger;
}

interface ServingParts {
  readonly options: ServingOptions;
  readonly stores: Stores;
  readonly identity: Identity;
  readonly registry: Registry;
  /** Answers below /v2/ what is not the registry's. */
  readonly trust: Pick<Trust, "before">;
  readonly metrics: Metrics;
  readonly observe: RequestObserver;
  readonly publicAddress: PublicAddress;
  /** Of what stands on the registry. */
  readonly routes: readonly FastifyPluginAsyncZod[];
}

export interface Serving extends AsyncDisposable {
  readonly url: string;
}

/** Opens the doors: the registry below /v2, everything else beside it, and the operators' own address if there is one. */
export async function startServing(parts: ServingParts): Promise<Serving> {
  await using resources = new AsyncDisposableStack();
  const { options, registry, metrics, observe } = parts;
  const { log, debugListen } = options;
  const readiness = createReadiness(parts);
  const guard = createAccessGuard({
    ...parts.identity.access,
    ...parts.publicAddress,
    authenticator: parts.identity.apiAuthenticator,
    sessions: parts.identity.sessions,
  });
  const application = createApplication({ observe, guard, log });
  noteRefusals(application, parts.identity);
  await describeApi(application, options);
  registerOperations(application, { readiness, metrics });
  await application.register(registry.operations);
  for (const routes of [...parts.identity.routes, ...parts.routes])
    await application.register(routes);
  await application.register(parts.identity.createHubApi(registry));
  const handler = await createDispatcher({
    registry: parts.trust.before(registry.handler),
    application,
    words: parts.identity.words,
  });
  if (debugListen !== undefined) {
    const debug = await startDebugServer({ listen: debugListen, readiness, metrics, log });
    resources.defer(async () => void (await debug.close()));
    log.info({ url: debug.url }, "debug address opened");
  }
  const { clientAddressOf } = parts.publicAddress;
  const lane = new FastLane({
    ...options,
    route: registry.lane,
    // A request in which a proxy speaks of others never stays in the lane.
    addressOf: (socket) => clientAddressOf({ headers: {}, socket }),
  });
  const server = await startHttpServer({ ...options, handler, lane });
  resources.defer(async () => void (await server.close()));
  measureTraffic(metrics, server);
  const owned = resources.move();
  return { url: server.url, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

const NAME_CHARACTERS = 512;

/**
 * What somebody who is known was not let do: entries of the audit trail, like what they did. What is hidden from them is not
 * there for them, and whose it is wants to know all the more.
 */
function noteRefusals(application: Application, identity: Identity): void {
  application.addHook("onResponse", async (request, reply) => {
    const { caller, method, url } = request;
    if (caller === undefined || method === "GET" || method === "HEAD") return;
    if (!isRefusal(reply.statusCode, caller.by)) return;
    const [path = ""] = url.split("?", 1);
    identity.access.noteRefusal({
      ...caller,
      action: "api.request",
      account: concernedBy(request),
      name: `${method} ${path.slice(0, NAME_CHARACTERS)}`,
    });
  });
}

/** Nothing is hidden from an administrator: what they do not find is not there. */
function isRefusal(status: number, { kind, role }: Principal): boolean {
  if (kind === "anonymous") return false;
  return status === 403 || (status === 404 && role !== "administrator");
}

/** Whose the thing is that was asked for, as far as the address says it. */
function concernedBy({ params, caller }: FastifyRequest): string {
  const { organization, namespace } = params as Readonly<Record<string, string | undefined>>;
  return (organization ?? namespace ?? caller?.by.name ?? "").toLowerCase();
}

function createReadiness({ options, stores }: ServingParts): Readiness {
  return new Readiness({
    checks: {
      database: () => sql`select 1`.execute(stores.database.reader),
      storage: () => access(options.blobRoot, constants.R_OK | constants.W_OK),
    },
    // With a full disk, pulls and deletes go on: taking the hub out of service would end them.
    warnings: { headroom: () => stores.headroom.assertRoomFor(0) },
    log: options.log,
  });
}

function measureTraffic(metrics: Metrics, server: HttpServer): void {
  metrics.addGauge({
    name: "berth_http_connections",
    help: "Open connections",
    read: () => server.traffic().connections,
  });
  metrics.addGauge({
    name: "berth_http_requests_in_flight",
    help: "Requests that are being answered",
    read: () => server.traffic().underway,
  });
  metrics.addCounter({
    name: "berth_http_received_bytes_total",
    help: "Bytes that clients sent, heads included",
    read: () => server.traffic().receivedBytes,
  });
  metrics.addCounter({
    name: "berth_http_sent_bytes_total",
    help: "Bytes sent to clients, heads included, but for those in berth_sendfile_bytes_total",
    read: () => server.traffic().sentBytes,
  });
}

/** The same calls, and a count of the bytes of files that go to clients past Node. */
export function measureKernelCalls(
  kernel: KernelCalls | undefined,
  metrics: Metrics,
): KernelCalls | undefined {
  let sentBytes = 0;
  metrics.addCounter({
    name: "berth_sendfile_bytes_total",
    help: "Bytes of blobs that the kernel sent to clients",
    read: () => sentBytes,
  });
  if (kernel === undefined) return undefined;
  return {
    ...kernel,
    sendfile(socketFd, fileFd, range) {
      const result = kernel.sendfile(socketFd, fileFd, range);
      if (result.outcome === "sent") sentBytes += result.bytes;
      return result;
    },
  };
}
