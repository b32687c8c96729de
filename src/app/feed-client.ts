import type { OpenUrl } from "../advisories/index.ts";
import { createOutboundClient } from "../platform/outbound/index.ts";

export interface FeedClient extends AsyncDisposable {
  readonly open: OpenUrl;
}

/** Asks for feeds. The operator named their addresses, which may be anywhere; where those lead on to is another's word and must be public. */
export function createFeedClient(allow: readonly string[]): FeedClient {
  const trusted = createOutboundClient({ allow: "all" });
  const guarded = createOutboundClient({ allow });
  return {
    open: ({ isRedirected, ...request }) => (isRedirected ? guarded : trusted).open(request),
    async [Symbol.asyncDispose]() {
      await trusted[Symbol.asyncDispose]();
      await guarded[Symbol.asyncDispose]();
    },
  };
}
