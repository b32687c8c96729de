import type { Authenticator, Authoriser } from "../../access/index.ts";
import { parseRoute, type RouteMatch } from "../../oci/route.ts";
import type { LaneRoute, PlainRequest } from "../../platform/http/index.ts";
import type { RequestObserver } from "../../platform/observability/index.ts";
import { type BlobLaneDeps, createBlobLane } from "./blob-lane.ts";
import { API_VERSION, API_VERSION_HEADER } from "./exchange.ts";
import { createManifestLane, type ManifestLaneDeps } from "./manifest-lane.ts";

interface LaneRouteDeps
  extends Omit<ManifestLaneDeps, "headOf">,
    Omit<BlobLaneDeps, "headOf" | "observe"> {
  readonly authenticator: Authenticator;
  readonly authoriser: Authoriser;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly observe: RequestObserver;
}

type Headers = Readonly<Record<string, string | number>>;

/**
 * Pulls that need nothing but memory and an open file: cached manifests, and blobs whose right and content were checked
 * before. Everything else, every refusal included, is left to the distribution handler, which decides by the same rules.
 */
export function createLaneRoute(deps: LaneRouteDeps): LaneRoute {
  const standing = renderFields([
    [API_VERSION_HEADER, [API_VERSION]],
    ...Object.entries(deps.headers),
  ]);
  const answerManifest = createManifestLane({ ...deps, headOf });
  const answerBlob = createBlobLane({ ...deps, headOf });
  return (request) => {
    const route = routeOf(request);
    if (route?.id === "manifest") {
      const respond = answerManifest(request, route);
      return () => (mayPull(route) ? respond() : undefined);
    }
    if (route?.id === "blob" && request.method === "GET") {
      const respond = answerBlob(route);
      return () => (mayPull(route) ? respond() : undefined);
    }
    return undefined;
  };

  /** Asked anew for each request: rights change while connections last. */
  function mayPull(route: Extract<RouteMatch, { id: "manifest" | "blob" }>): boolean {
    const principal = deps.authenticator.authenticate(undefined);
    if (principal === undefined || principal instanceof Promise) return false;
    const question = { principal, right: route.right, repository: route.name };
    return deps.authoriser.decide(question).kind === "allow";
  }

  function headOf(headers: Headers): string {
    const fields = Object.entries(headers).map(([name, value]) => [name, [String(value)]] as const);
    return `HTTP/1.1 200 OK\r\n${standing}${renderFields(fields)}`;
  }
}

function renderFields(fields: readonly (readonly [string, readonly string[]])[]): string {
  return fields
    .flatMap(([name, values]) => values.map((value) => `${name}: ${value}\r\n`))
    .join("");
}

/** What cannot be read here is refused by the handler, with the right code. */
function routeOf(request: PlainRequest): RouteMatch | undefined {
  try {
    return parseRoute(request.method, request.target);
  } catch {
    return undefined;
  }
}
