import type { FastifyReply, FastifyRequest } from "fastify";
import { type AccessGuard, ProblemError } from "../platform/http/api/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { Authentication, Authenticator, Proof } from "./authenticator.ts";
import type { Authoriser, Decision } from "./authoriser.ts";
import { describeWrong, proofOf } from "./proof.ts";
import { TooManyAttempts } from "./too-many-attempts.ts";

interface GuardDeps extends PublicAddress {
  readonly authenticator: Authenticator;
  readonly authoriser: Authoriser;
}

interface Guarded {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Holds the routes of the HTTP API to the same authoriser as the registry's. */
export function createAccessGuard(deps: GuardDeps): AccessGuard {
  return async (exchange, right) => {
    const proof = proofOf(exchange.request.raw, deps);
    const principal = await authenticate(deps, exchange, proof);
    const decision: Decision =
      principal === undefined
        ? { kind: "challenge", reason: describeWrong(proof) }
        : await deps.authoriser.decide({ principal, right });
    if (decision.kind === "allow") return;
    if (decision.kind === "deny" || decision.kind === "hide")
      throw new ProblemError({ status: 403, title: decision.reason });
    const fault = principal === undefined ? "invalid" : "insufficient";
    const challenge = deps.authenticator.challengeFor({
      baseUrl: deps.baseUrlOf(exchange.request.raw),
      scopes: [],
      fault: proof && fault,
    });
    exchange.reply.header("WWW-Authenticate", challenge);
    throw new ProblemError({ status: 401, title: decision.reason });
  };
}

async function authenticate(
  deps: GuardDeps,
  { reply }: Guarded,
  proof: Proof | undefined,
): Promise<Authentication> {
  try {
    return await deps.authenticator.authenticate(proof);
  } catch (cause) {
    if (!(cause instanceof TooManyAttempts)) throw cause;
    reply.header("Retry-After", cause.retryAfterSeconds);
    throw new ProblemError({ status: 429, title: cause.message }, { cause });
  }
}
