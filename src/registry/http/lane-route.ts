import type { Authenticator, Authoriser, Principal } from "../../access/index.ts";
import { parseRoute, type RouteMatch } from "../../oci/route.ts";
import type { LaneRoute, PlainRequest } from "../../platform/http/index.ts";
import type { RequestObserver } from "../../platform/observability/index.ts";
import type { PullWatch } from "../manifests/pull-watch.ts";
import { type BlobLaneDeps, createBlobLane } from "./blob-lane.ts";
import { API_VERSION, API_VERSION_HEADER } from "./exchange.ts";
import { createListingLane, type ListingLaneDeps } from "./listing-lane.ts";
import { createManifestLane, type ManifestLaneDeps } from "./manifest-lane.ts";

interface LaneRouteDeps
  extends Omit<ManifestLaneDeps, "headOf">,
    Omit<BlobLaneDeps, "headOf" | "observe">,
    Omit<ListingLaneDeps, "headOf" | "observe"> {
  readonly authenticator: Authenticator;
  readonly authoriser: Authoriser;
  readonly pulls: PullWatch;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly observe: RequestObserver;
}

type LaneRouteMatch = Extract<RouteMatch, { id: "manifest" | "blob" | "tags" | "catalog" }>;
type Headers = Readonly<Record<string, string | number>>;

/**
 * Pulls that need nothing but memory and an open file: cached manifests and lists, and blobs whose right and content were
 * checked before. Everything else, every refusal included, is left to the distribution handler, which decides by the same rules.
 */
export function createLaneRoute(deps: LaneRouteDeps): LaneRoute {
  const standing = renderFields([
    [API_VERSION_HEADER, [API_VERSION]],
    ...Object.entries(deps.headers),
  ]);
  const answerManifest = createManifestLane({ ...deps, headOf });
  const answerBlob = createBlobLane({ ...deps, headOf });
  const answerListing = createListingLane({ ...deps, headOf });
  return (request) => {
    const route = routeOf(request);
    if (route?.id === "manifest" && !deps.pulls.limitsAnonymous) {
      const respond = answerManifest(request, route);
      return (address) => {
        const principal = findPermitted(route);
        return principal && respond(principal, address);
      };
    }
    if (route?.id === "blob" && request.method === "GET") {
      const respond = answerBlob(route);
      return () => {
        const principal = findPermitted(route);
        return principal && respond(principal);
      };
    }
    if ((route?.id === "tags" || route?.id === "catalog") && request.method === "GET") {
      return () => {
        const principal = findPermitted(route);
        return principal && answerListing(principal, route);
      };
    }
    return undefined;
  };

  /** Who asks, if they may. Asked anew for each request: rights change while connections last. */
  function findPermitted(route: LaneRouteMatch): Principal | undefined {
    const principal = deps.authenticator.authenticate(undefined);
    if (principal === undefined || principal instanceof Promise) return undefined;
    const decision = deps.authoriser.decide({
      principal,
      right: route.right,
      ...("name" in route ? { repository: route.name } : {}),
    });
    // What has to be looked up is, by the handler; the next request finds the answer in memory.
    if (decision instanceof Promise || decision.kind !== "allow") return undefined;
    // The recipe is for the name that was asked.
    const isOther = "name" in route && (decision.repository ?? route.name) !== route.name;
    return isOther ? undefined : principal;
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
