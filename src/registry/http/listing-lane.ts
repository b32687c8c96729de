import type { Principal } from "../../access/index.ts";
import type { LaneAnswer, LaneResponder } from "../../platform/http/index.ts";
import type { RequestObserver } from "../../platform/observability/index.ts";
import type { Listing, ListingRoute, Listings } from "./listings.ts";

export interface ListingLaneDeps {
  readonly listings: Listings;
  readonly headOf: (headers: Readonly<Record<string, string | number>>) => string;
  readonly observe: RequestObserver;
}

/** Answers for pages of lists, written out once for as long as the page is kept. */
export function createListingLane(deps: ListingLaneDeps) {
  const rendered = new WeakMap<Listing, LaneAnswer>();
  return (principal: Principal, route: ListingRoute): ReturnType<LaneResponder> => {
    const question = { principal, route };
    const kept = deps.listings.find(question);
    if (kept !== undefined) return answer(route, kept);
    return deps.listings.get(question).then(
      (listing) => answer(route, listing),
      // Whatever is wrong is found again by the handler, which says it to the client.
      () => undefined,
    );
  };

  function answer({ id: route }: ListingRoute, listing: Listing): LaneAnswer {
    deps.observe({ route, method: "GET", status: 200, startedAt: performance.now() });
    const known = rendered.get(listing);
    if (known !== undefined) return known;
    const written = { head: deps.headOf(listing.headers), body: listing.text };
    rendered.set(listing, written);
    return written;
  }
}
