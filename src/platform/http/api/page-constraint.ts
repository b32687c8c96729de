import type { IncomingMessage } from "node:http";

/**
 * Lets a route say `constraints: { wants: "page" }`: it gets the requests of people who open an address in a browser. A route
 * without it, at the same address or a longer one, gets all others.
 */
export function createPageConstraint() {
  return {
    name: "wants",
    storage<Handler>() {
      const handlers = new Map<unknown, Handler>();
      return {
        get: (value: unknown) => handlers.get(value) ?? null,
        set: (value: unknown, handler: Handler) => void handlers.set(value, handler),
      };
    },
    deriveConstraint: ({ headers, url = "" }: IncomingMessage) =>
      headers.accept?.includes("text/html") === true && !isRightsPage(url) ? "page" : "anything",
    validate: () => true,
    mustMatchWhenDerived: false,
  };
}

/** Where refusals send people: it is answered without a program, so that it works in any browser. */
function isRightsPage(url: string): boolean {
  return /^\/r\/[^?]+\/rights(?:\?|$)/.test(url);
}
