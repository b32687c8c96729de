import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Metrics } from "./metrics.ts";
import { requestIdOf } from "./request-id.ts";

/** A request whose answer is out, or whose client has gone. */
export interface Observation {
  /** The name of the route, never the path. */
  readonly route: string;
  readonly method: string;
  /** `cut` when the answer did not get to its end. */
  readonly status: number | "cut";
  /** By `performance.now()`, when the request's head had arrived. */
  readonly startedAt: number;
  /** Left out for answers that Node's server has not seen. */
  readonly exchange?: { readonly request: IncomingMessage; readonly response: ServerResponse };
}

export type RequestObserver = (observation: Observation) => void;

/** Counts every request and writes one line about it at `level`. */
export function createRequestObserver(deps: {
  readonly metrics: Pick<Metrics, "requests">;
  readonly clientAddressOf: (request: IncomingMessage) => string;
  readonly log: Logger;
  readonly level: "info" | "debug";
}): RequestObserver {
  const { metrics, clientAddressOf, log, level } = deps;
  return ({ route, method, status, startedAt, exchange }) => {
    const milliseconds = performance.now() - startedAt;
    metrics.requests.record({ route, method, status, seconds: milliseconds / 1000 });
    if (!log.isLevelEnabled(level)) return;
    const facts = {
      method,
      route,
      status,
      milliseconds: Math.round(milliseconds * 1000) / 1000,
      ...(exchange && { ...describe(exchange), client: clientAddressOf(exchange.request) }),
    };
    log[level](facts, "request answered");
  };
}

function describe({ request, response }: NonNullable<Observation["exchange"]>) {
  return {
    requestId: requestIdOf(request),
    bytesIn: lengthOf(request.headers["content-length"]),
    bytesOut: lengthOf(response.getHeader("content-length")),
    agent: request.headers["user-agent"]?.slice(0, 200),
  };
}

/** For whoever observes at the response's "close". */
export function statusOf(response: ServerResponse): number | "cut" {
  return response.writableFinished ? response.statusCode : "cut";
}

/** As announced in the header; undefined when the body came in chunks. */
function lengthOf(header: number | string | readonly string[] | undefined): number | undefined {
  return header === undefined ? undefined : Number(header);
}
