import type { Authenticator } from "../access/index.ts";
import type { HubTokens } from "./hub-tokens.ts";

const SHOWN = /^(?:bearer|jwt) +(\S+) *$/i;

/**
 * For the doors of the HTTP API: tokens of this API, as `Bearer` and as the `JWT` that older tools send, before what the
 * registry knows. A registry door never asks it.
 */
export function withHubTokens(
  inner: Authenticator,
  tokens: Pick<HubTokens, "verify">,
): Authenticator {
  return {
    challengeFor: (refusal) => inner.challengeFor(refusal),
    authenticate(proof) {
      const token = proof === undefined ? undefined : SHOWN.exec(proof.authorization)?.[1];
      if (token === undefined) return inner.authenticate(proof);
      return tokens.verify(token).then((known) => known ?? inner.authenticate(proof));
    },
  };
}
