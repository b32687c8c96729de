import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { type RequestHandler, readBody } from "../../platform/http/index.ts";
import { type RequestObserver, statusOf } from "../../platform/observability/index.ts";
import type { TrustBy } from "../collections/trust-collection.ts";
import type { TrustKeeper } from "../collections/trust-keeper.ts";
import type { TrustPlace } from "../collections/trust-place.ts";
import type { TrustPublisher } from "../collections/trust-publisher.ts";
import type { TrustReader } from "../collections/trust-reader.ts";
import { toKeyDocument } from "../tuf/keys.ts";
import { type Admitted, admit, type DoorDeps } from "./trust-door.ts";
import { answerTrustFailure, TrustUnauthorized } from "./trust-failure.ts";
import type { TrustFeed } from "./trust-feed.ts";
import { parseTrustRoute, scopeOf, type TrustRoute, type TrustRouteAt } from "./trust-route.ts";
import { readUploadForm } from "./upload-form.ts";

export interface TrustHandlerDeps extends DoorDeps {
  readonly publisher: Pick<TrustPublisher, "publish">;
  readonly reader: Pick<TrustReader, "read">;
  readonly keeper: Pick<TrustKeeper, "getKey" | "rotateKey" | "remove">;
  readonly feed: Pick<TrustFeed, "answer">;
  /** Counts an answer; called once for each request. */
  readonly observe: RequestObserver;
  readonly log: Logger;
}

/** A repository of 50,000 signed tags; what is larger is read by no client in the time that people wait. */
const UPLOAD_BYTES = 16 * 1024 * 1024;
const MINUTES = 60;
/** What is in force changes; what is asked for by hash or version never does. */
const CURRENT_SECONDS = 5 * MINUTES;
const FIXED_SECONDS = 30 * 24 * 60 * MINUTES;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Notary's API (v1): everything below `/v2/<name>/_trust/`, on the registry's own host and port. */
export function createTrustHandler(deps: TrustHandlerDeps): RequestHandler {
  return (request, response) => {
    const startedAt = performance.now();
    let route: TrustRoute | undefined;
    response.on("close", () =>
      deps.observe({
        route: route === undefined ? "none" : `trust ${route.id}`,
        method: request.method ?? "GET",
        status: statusOf(response),
        startedAt,
        exchange: { request, response },
      }),
    );
    serve().catch((cause: unknown) =>
      answerTrustFailure({
        request,
        response,
        cause,
        challenge: () => challengeFor(deps, { request, route, cause }),
        log: deps.log,
      }),
    );

    async function serve(): Promise<void> {
      route = parseTrustRoute(request.method ?? "GET", request.url ?? "/");
      const admitted = await admit(deps, request, route);
      await dispatch(deps, { request, response }, { route, admitted });
    }
  };
}

async function dispatch(
  deps: TrustHandlerDeps,
  exchange: Exchange,
  { route, admitted }: { readonly route: TrustRoute; readonly admitted: Admitted },
): Promise<void> {
  const { place, by } = admitted;
  if (place === undefined || route.id === "feed")
    return answerJson(exchange, await deps.feed.answer(route.query, { by }));
  return await dispatchAt(deps, exchange, { route, place, by });
}

async function dispatchAt(
  deps: TrustHandlerDeps,
  exchange: Exchange,
  { route, place, by }: { route: TrustRouteAt; place: TrustPlace; by: TrustBy },
): Promise<void> {
  switch (route.id) {
    case "metadata":
      return await answerFile(deps, exchange, { route, place });
    case "changes":
      return answerJson(exchange, await deps.feed.answer(route.query, { by, place }));
    case "key":
      return answerJson(
        exchange,
        toKeyDocument(await deps.keeper.getKey({ place, role: route.role, by })),
      );
    case "rotation":
      return answerJson(
        exchange,
        toKeyDocument(await deps.keeper.rotateKey({ place, role: route.role, by })),
      );
    case "publish": {
      const body = await readBody(exchange.request, { limit: UPLOAD_BYTES });
      const files = readUploadForm(body, exchange.request.headers["content-type"]);
      await deps.publisher.publish({ place, files, by });
      return answerNothing(exchange);
    }
    case "delete":
      await deps.keeper.remove(place, by);
      return answerNothing(exchange);
  }
}

async function answerFile(
  deps: TrustHandlerDeps,
  { request, response }: Exchange,
  wish: {
    readonly route: Extract<TrustRoute, { id: "metadata" }>;
    readonly place: TrustPlace;
  },
): Promise<void> {
  const { gun: _gun, query: _query, id: _id, ...file } = wish.route;
  const { bytes, createdAt } = await deps.reader.read(wish.place, file);
  const isFixed = file.sha256 !== undefined || file.version !== undefined;
  const seconds = isFixed ? FIXED_SECONDS : CURRENT_SECONDS;
  // What somebody had to prove a right for is not for caches that many share.
  const isShared = request.headers.authorization === undefined;
  const ages = isShared
    ? `public, max-age=${seconds}, s-maxage=${seconds}`
    : `private, max-age=${seconds}`;
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Cache-Control": isFixed ? ages : `${ages}, must-revalidate`,
    "Content-Length": bytes.length,
    "Last-Modified": createdAt.toUTCString(),
  });
  response.end(bytes);
}

function answerJson({ response }: Exchange, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Cache-Control": "max-age=0, no-cache, no-store",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(text);
}

function answerNothing({ response }: Exchange): void {
  response.writeHead(200, { "Content-Length": 0 }).end();
}

function challengeFor(
  deps: TrustHandlerDeps,
  refused: {
    readonly request: IncomingMessage;
    readonly route: TrustRoute | undefined;
    readonly cause: unknown;
  },
): string {
  const { request, route, cause } = refused;
  return deps.authenticator.challengeFor({
    baseUrl: deps.baseUrlOf(request),
    scopes: route === undefined ? [] : [scopeOf(route)],
    fault: cause instanceof TrustUnauthorized ? cause.fault : "invalid",
  });
}
