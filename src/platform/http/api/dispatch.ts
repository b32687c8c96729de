import type { RequestHandler } from "../server.ts";
import type { Application } from "./application.ts";

/**
 * Sends requests below /v2 to the registry, by the path as it came and at no cost, and everything else to the
 * application, whose routes must all be registered by now.
 */
export async function createDispatcher(parts: {
  readonly registry: RequestHandler;
  readonly application: Application;
}): Promise<RequestHandler> {
  const { registry, application } = parts;
  await application.ready();
  return (request, response) => {
    if (isRegistryPath(request.url ?? "")) registry(request, response);
    else application.routing(request, response);
  };
}

/** `/v2`, `/v2/…` and `/v2?…`; not `/v20`, and nothing that only means /v2 once it is decoded or normalised. */
function isRegistryPath(url: string): boolean {
  if (!url.startsWith("/v2")) return false;
  const next = url[3];
  return next === undefined || next === "/" || next === "?";
}
