import type { FastifyReply, FastifyRequest } from "fastify";
import { type AccessGuard, ProblemError } from "../platform/http/api/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { Authentication, Authenticator, Proof } from "./authenticator.ts";
import type { Authoriser, Decision } from "./authoriser.ts";
import type { Origin, Principal } from "./principal.ts";
import { describeWrong, originOf, proofOf } from "./proof.ts";
import { TooManyAttempts } from "./too-many-attempts.ts";

/** Who asks, and from where. */
export interface Caller {
  readonly by: Principal;
  readonly origin: Origin;
}

declare module "fastify" {
  interface FastifyRequest {
    caller?: Caller;
  }
}

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
  return async (exchange, access) => {
    const proof = proofOf(exchange.request.raw, deps);
    const principal = await authenticate(deps, exchange, proof);
    if (principal === undefined) return challenge(deps, exchange, describeWrong(proof));
    exchange.request.caller = { by: principal, origin: originOf(exchange.request.raw, deps) };
    const decision = await decide(deps, principal, access);
    if (decision.kind === "challenge") return challenge(deps, exchange, decision.reason);
    if (decision.kind !== "allow") throw new ProblemError({ status: 403, title: decision.reason });
  };
}

/** Asks for credentials, or for others. */
function challenge(deps: GuardDeps, { request, reply }: Guarded, reason: string): never {
  const header = deps.authenticator.challengeFor({
    baseUrl: deps.baseUrlOf(request.raw),
    scopes: [],
    fault: request.headers.authorization === undefined ? undefined : "invalid",
  });
  reply.header("WWW-Authenticate", header);
  throw new ProblemError({ status: 401, title: reason });
}

/** What only accounts know is decided by the capability that knows it; here it is enough to be somebody. */
async function decide(
  deps: GuardDeps,
  principal: Principal,
  access: Parameters<AccessGuard>[1],
): Promise<Decision> {
  // It was asked for with scopes of the registry, which say nothing about what else there is.
  if (principal.granted !== undefined)
    return { kind: "deny", reason: "a token of the registry is not for this API" };
  switch (access) {
    case "anybody":
      return { kind: "allow" };
    case "operate":
      return await deps.authoriser.decide({ principal, right: "operate" });
    case "account":
      if (principal.kind === "anonymous")
        return { kind: "challenge", reason: "authentication required: log in first" };
      return { kind: "allow" };
  }
}

/** Who sent the request. Only for routes whose `config.access` is not `public`. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === undefined) throw new Error("the route does not say who may ask");
  return request.caller;
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
