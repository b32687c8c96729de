import { OCI_INDEX } from "../../oci/media-type.ts";
import { nextLink } from "../../oci/pagination.ts";
import { addressOf, type RouteMatch } from "../../oci/route.ts";
import type { Referrers } from "../manifests/referrers.ts";
import { answerJson, type Exchange } from "./exchange.ts";
import type { ListingRoute, Listings } from "./listings.ts";

type ReferrersRoute = Extract<RouteMatch, { id: "referrers" }>;

export interface DiscoveryDeps {
  readonly referrers: Referrers;
  readonly listings: Listings;
}

/** `GET /v2/<name>/tags/list` and `GET /v2/_catalog` */
export async function getListing(
  deps: DiscoveryDeps,
  exchange: Exchange,
  route: ListingRoute,
): Promise<void> {
  const { request, response, principal } = exchange;
  const listing = await deps.listings.get({ principal, route });
  response.writeHead(200, listing.headers);
  response.end(request.method === "HEAD" ? undefined : listing.text);
}

/** `GET /v2/<name>/referrers/<digest>`: 200 for any digest, so that clients can tell "none" from "no such API". */
export async function getReferrers(
  deps: DiscoveryDeps,
  exchange: Exchange,
  route: ReferrersRoute,
): Promise<void> {
  // Clients that do not escape the plus of `+json` send what a query reads as a space.
  const artifactType = route.query.get("artifactType")?.replaceAll(" ", "+") || undefined;
  const answer = await deps.referrers.list({
    repository: route.name,
    subject: route.digest,
    artifactType,
    last: route.query.get("last") ?? undefined,
  });
  const path = `${addressOf(route)}/referrers/${route.digest}`;
  answerJson(exchange, 200, {
    body: answer.index,
    headers: {
      "Content-Type": OCI_INDEX,
      ...(artifactType === undefined ? {} : { "OCI-Filters-Applied": "artifactType" }),
      ...(answer.nextLast === undefined
        ? {}
        : {
            Link: nextLink(path, {
              ...(artifactType === undefined ? {} : { artifactType }),
              last: answer.nextLast,
            }),
          }),
    },
  });
}
