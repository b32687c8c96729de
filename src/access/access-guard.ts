import type { FastifyReply, FastifyRequest } from "fastify";
import { PROBLEMS } from "../contract/problems.ts";
import { type AccessGuard, ProblemError } from "../platform/http/api/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import { answerTooMany } from "./answer-too-many.ts";
import type { Authentication, Authenticator, Proof } from "./authenticator.ts";
import type { Authoriser, Decision } from "./authoriser.ts";
import type { BrowserSessions } from "./browser-sessions.ts";
import { ANONYMOUS, type Origin, type Principal } from "./principal.ts";
import { describeWrong, originOf, proofOf } from "./proof.ts";
import { assertSameOrigin } from "./same-origin.ts";
import { describeOwed, SecondFactorRequired } from "./second-factor-required.ts";
import { readSessionCookie } from "./session-cookie.ts";

/** Who asks, and from where. */
export interface Caller {
  readonly by: Principal;
  readonly origin: Origin;
  /** Where they reach the hub; undefined when they named no host. */
  readonly baseUrl?: string | undefined;
}

declare module "fastify" {
  interface FastifyRequest {
    caller?: Caller;
  }
}

interface GuardDeps extends PublicAddress {
  readonly authenticator: Authenticator;
  readonly authoriser: Authoriser;
  /** In modes that know people. */
  readonly sessions?: BrowserSessions | undefined;
}

interface Guarded {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * Holds the routes of the HTTP API to the same authoriser as the registry's. This is the only place where a browser's cookie
 * counts: the registry and the token service do not know it.
 */
export function createAccessGuard(deps: GuardDeps): AccessGuard {
  return async (exchange, access) => {
    const { request } = exchange;
    const principal = asFinder(request, await identify(deps, exchange, access));
    const origin = originOf(request.raw, deps);
    request.caller = { by: principal, origin, baseUrl: deps.baseUrlOf(request.raw) };
    const { isOwnLogin = access === "anybody", isSensitive } = request.routeOptions.config;
    if (principal.owesSecondFactor === true && !isOwnLogin)
      throw new ProblemError(PROBLEMS.TWO_FACTOR_OWED, {
        detail: describeOwed(principal, "this hub"),
      });
    const decision = await decide(deps, principal, access);
    if (decision.kind === "challenge") return challenge(deps, exchange, decision.reason);
    if (decision.kind !== "allow") throw new ProblemError({ status: 403, title: decision.reason });
    if (isSensitive === true) deps.sessions?.assertFresh(principal);
  };
}

async function identify(
  deps: GuardDeps,
  exchange: Guarded,
  access: Parameters<AccessGuard>[1],
): Promise<Principal> {
  const { request, reply } = exchange;
  const proof = proofOf(request.raw, deps);
  const baseUrl = deps.baseUrlOf(request.raw);
  const secret = readSessionCookie(request.raw, baseUrl);
  if (proof !== undefined || secret === undefined || deps.sessions === undefined) {
    const shown = await answerTooMany(reply, async () => await authenticate(deps, exchange, proof));
    return shown ?? challenge(deps, exchange, describeWrong(proof));
  }
  const principal = await deps.sessions.authenticate({
    secret,
    origin: originOf(request.raw, deps),
  });
  if (principal !== undefined) {
    assertSameOrigin(request.raw, baseUrl);
    return principal;
  }
  // What everybody may see is shown to a browser that still has an old cookie, too.
  if (access === "anybody") return ANONYMOUS;
  return challenge(deps, exchange, "the session has ended: log in again");
}

async function authenticate(
  deps: GuardDeps,
  exchange: Guarded,
  proof: Proof | undefined,
): Promise<Authentication> {
  try {
    return await deps.authenticator.authenticate(proof);
  } catch (cause) {
    if (!(cause instanceof SecondFactorRequired)) throw cause;
    addChallenge(deps, exchange);
    throw new ProblemError(PROBLEMS.TWO_FACTOR_REQUIRED, { detail: cause.message, cause });
  }
}

/** Asks for credentials, or for others. */
function challenge(deps: GuardDeps, exchange: Guarded, reason: string): never {
  addChallenge(deps, exchange);
  throw new ProblemError({ status: 401, title: reason });
}

function addChallenge(deps: GuardDeps, { request, reply }: Guarded): void {
  const header = deps.authenticator.challengeFor({
    baseUrl: deps.baseUrlOf(request.raw),
    scopes: [],
    fault: request.headers.authorization === undefined ? undefined : "invalid",
  });
  reply.header("WWW-Authenticate", header);
}

/** What is shown is decided by live rights and by the credential behind the token, as for the catalog of the registry. */
function asFinder(request: FastifyRequest, principal: Principal): Principal {
  const { takesCatalogTokens } = request.routeOptions.config;
  if (takesCatalogTokens !== true || principal.mayList !== true) return principal;
  const { granted, grantedAt, mayList, ...finder } = principal;
  return finder;
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
