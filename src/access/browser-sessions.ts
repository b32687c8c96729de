import type { Origin, Principal } from "./principal.ts";

/** Who is logged in with a browser. */
export interface BrowserSessions {
  /** Whose session it is, as they stand now; undefined when it has ended, or never was. */
  authenticate(claim: {
    readonly secret: string;
    readonly origin: Origin;
  }): Promise<Principal | undefined>;
  /** Throws CONFIRM_REQUIRED when too long ago the session's holder last proved to be themselves. */
  assertFresh(principal: Principal): void;
}
