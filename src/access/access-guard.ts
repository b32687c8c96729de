import { type AccessGuard, ProblemError } from "../platform/http/api/index.ts";
import type { Authenticator } from "./authenticator.ts";
import type { Authoriser, Decision } from "./authoriser.ts";

/** Holds the routes of the HTTP API to the same authoriser as the registry's. */
export function createAccessGuard(deps: {
  readonly authenticator: Authenticator;
  readonly authoriser: Authoriser;
}): AccessGuard {
  return async ({ request, reply }, right) => {
    const principal = await deps.authenticator.authenticate(request.headers.authorization);
    const decision: Decision =
      principal === undefined
        ? { kind: "challenge", reason: "wrong user name or password" }
        : deps.authoriser.decide({ principal, right });
    if (decision.kind === "allow") return;
    if (decision.kind === "deny") throw new ProblemError({ status: 403, title: decision.reason });
    reply.header("WWW-Authenticate", deps.authenticator.challenge);
    throw new ProblemError({ status: 401, title: decision.reason });
  };
}
