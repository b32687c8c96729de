import type { Scope } from "../oci/scope.ts";
import { ANONYMOUS, type Origin, type Principal } from "./principal.ts";

/** What a request shows to prove who sent it. */
export interface Proof {
  /** The header, as it came. */
  readonly authorization: string;
  readonly origin: () => Origin;
}

/** Proves who sent a request. Answers at once when no slow hash is needed, which keeps the hot path synchronous. */
export interface Authenticator {
  /**
   * The principal, or undefined when the proof is wrong. A request that shows nothing is anonymous.
   * Throws TooManyAttempts.
   */
  authenticate(proof: Proof | undefined): Authentication | Promise<Authentication>;
  /** The value of `WWW-Authenticate` for a refusal. */
  challengeFor(refusal: Refusal): string;
}

export type Authentication = Principal | undefined;

/** A request that is about to be answered with 401. */
export interface Refusal {
  /** Where this client reaches the hub; undefined when it named no host. */
  readonly baseUrl: string | undefined;
  /** What a token has to hold for the request to pass. */
  readonly scopes: readonly Scope[];
  /** What is wrong with what was shown; undefined when nothing was. */
  readonly fault: "invalid" | "insufficient" | undefined;
}

/** Open mode: credentials are neither needed nor looked at, so a client that is logged in elsewhere can pull. */
export function createOpenAuthenticator(): Authenticator {
  return { authenticate: () => ANONYMOUS, challengeFor: () => 'Basic realm="Berth"' };
}
