import type { IncomingMessage } from "node:http";
import { type Authenticator, type Refusal, SecondFactorRequired } from "../../access/index.ts";
import { OciError } from "../../oci/error.ts";
import type { RouteMatch } from "../../oci/route.ts";
import { scopesOf } from "../../oci/route-scopes.ts";
import type { PublicAddress } from "../../platform/http/index.ts";

/** Who sent the request has to be proved, or proved anew. */
export class Unauthorized extends OciError {
  readonly fault: Refusal["fault"];

  constructor(message: string, fault: Refusal["fault"]) {
    super("UNAUTHORIZED", null, { message });
    this.fault = fault;
  }
}

export interface ChallengeDeps extends Pick<PublicAddress, "baseUrlOf"> {
  readonly authenticator: Authenticator;
}

function faultOf(cause: unknown): Refusal["fault"] {
  if (cause instanceof SecondFactorRequired) return "invalid";
  return cause instanceof Unauthorized ? cause.fault : undefined;
}

/** The value of `WWW-Authenticate` with which this client can get what its request needs. */
export function challengeFor(
  deps: ChallengeDeps,
  refused: {
    readonly request: IncomingMessage;
    readonly route: RouteMatch | undefined;
    readonly cause: unknown;
  },
): string {
  const { request, route, cause } = refused;
  return deps.authenticator.challengeFor({
    baseUrl: deps.baseUrlOf(request),
    scopes: route === undefined ? [] : scopesOf(route),
    fault: faultOf(cause),
  });
}
