import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Metrics } from "./metrics.ts";
import { requestIdOf } from "./request-id.ts";

/** An exchange whose answer is out, or whose client has gone. */
export interface FinishedExchange {
  /** The name of the route, never the path. */
  readonly route: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** By `performance.now()`, when the request's head had arrived. */
  readonly startedAt: number;
}

export type RequestObserver = (exchange: FinishedExchange) => void;

/** Counts every request and writes one line about it at `level`. */
export function createRequestObserver(deps: {
  readonly metrics: Pick<Metrics, "requests">;
  readonly log: Logger;
  readonly level: "info" | "debug";
}): RequestObserver {
  const { metrics, log, level } = deps;
  return (exchange) => {
    const { route, request, response, startedAt } = exchange;
    const method = request.method ?? "";
    const milliseconds = performance.now() - startedAt;
    const status = response.writableFinished ? response.statusCode : "cut";
    metrics.requests.record({ route, method, status, seconds: milliseconds / 1000 });
    if (!log.isLevelEnabled(level)) return;
    const facts = {
      requestId: requestIdOf(request),
      method,
      route,
      status,
      bytesIn: lengthOf(request.headers["content-length"]),
      bytesOut: lengthOf(response.getHeader("content-length")),
      milliseconds: Math.round(milliseconds * 1000) / 1000,
      client: request.socket.remoteAddress,
      agent: request.headers["user-agent"]?.slice(0, 200),
    };
    log[level](facts, "request answered");
  };
}

/** As announced in the header; undefined when the body came in chunks. */
function lengthOf(header: number | string | readonly string[] | undefined): number | undefined {
  return header === undefined ? undefined : Number(header);
}
