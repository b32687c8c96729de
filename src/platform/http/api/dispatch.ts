import type { RequestHandler } from "../server.ts";
import type { Application } from "./application.ts";

interface DispatcherParts {
  readonly registry: RequestHandler;
  readonly application: Application;
  /** First words below /v2/ that are the application's all the same: `token` for /v2/token and what lies below it. */
  readonly words: ReadonlySet<string>;
}

/**
 * Sends requests below /v2 to the registry, by the path as it came and at no cost, and everything else to the
 * application, whose routes must all be registered by now.
 */
export async function createDispatcher(parts: DispatcherParts): Promise<RequestHandler> {
  const { registry, application, words } = parts;
  await application.ready();
  return (request, response) => {
    if (isRegistryPath(request.url ?? "", words)) registry(request, response);
    else application.routing(request, response);
  };
}

/** `/v2`, `/v2/…` and `/v2?…`; not `/v20`, and nothing that only means /v2 once it is decoded or normalised. */
function isRegistryPath(url: string, words: ReadonlySet<string>): boolean {
  if (!url.startsWith("/v2")) return false;
  const next = url[3];
  if (next === "/") return words.size === 0 || !words.has(firstWordOf(url));
  return next === undefined || next === "?";
}

function firstWordOf(url: string): string {
  const end = url.slice("/v2/".length).search(/[/?]/);
  return end < 0 ? url.slice("/v2/".length) : url.slice("/v2/".length, "/v2/".length + end);
}
