import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Origin, Principal, TagRule } from "../../access/index.ts";

/** One request to the distribution API, after its path was parsed and its sender was allowed to make it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly principal: Principal;
  readonly origin: () => Origin;
  /** A push of a tag has to fit one of them; any may without. */
  readonly tagRules: readonly TagRule[] | undefined;
  /** What the name stood for when that was allowed; see `PushTarget`. */
  readonly repositoryId: number | undefined;
  readonly log: Logger;
}

/** Every answer of this API carries it; some clients ask for it to know what they talk to. */
export const API_VERSION_HEADER = "Docker-Distribution-Api-Version";
export const API_VERSION = "registry/2.0";

type Headers = Record<string, string | number>;

/** Ends the exchange without a body. */
export function answerEmpty(exchange: Exchange, status: number, headers: Headers): void {
  exchange.response.writeHead(status, { ...headers, "Content-Length": 0 }).end();
}

/** Ends the exchange with a JSON document; a HEAD gets its headers only. */
export function answerJson(
  exchange: Pick<Exchange, "request" | "response">,
  status: number,
  answer: { body: unknown; headers?: Headers },
): void {
  const text = JSON.stringify(answer.body);
  exchange.response.writeHead(status, {
    "Content-Type": "application/json",
    ...answer.headers,
    "Content-Length": Buffer.byteLength(text),
  });
  exchange.response.end(exchange.request.method === "HEAD" ? undefined : text);
}
