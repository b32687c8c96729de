import {
  ANONYMOUS,
  type Authentication,
  type Authenticator,
  type Principal,
  type Proof,
  parseBasic,
  type Refusal,
} from "../access/index.ts";
import { BoundedCache } from "../lib/bounded-cache.ts";
import { printScope } from "../oci/scope.ts";
import type { AccessTokens, TokenClaims } from "./access-tokens.ts";
import type { TokenExchange } from "./exchange/token-exchange.ts";
import type { Identities } from "./identities.ts";
import type { RefreshTokens } from "./refresh-tokens.ts";
import { REALM_PATH } from "./token-routes.ts";
import { IDENTITY_TOKEN_USER } from "./token-service.ts";

export interface TokenAuthenticatorDeps {
  readonly identities: Identities;
  readonly tokens: Pick<AccessTokens, "verify">;
  readonly refreshTokens: Pick<RefreshTokens, "verify">;
  readonly exchange: Pick<TokenExchange, "handles" | "verify">;
  readonly service: string;
  readonly clock: () => Date;
}

interface Known {
  readonly principal: Principal;
  readonly until: number;
}

const CACHE_CHARACTERS = 16 * 1024 * 1024;
/**
 * How long a token that was checked is believed without another look at its account: after that time at the latest, the
 * tokens of an account that was disabled, and those that came of a deleted credential, stop working.
 */
const BELIEVED_MS = 30_000;

/**
 * Bearer tokens of our own making, and Basic for clients that show their secret with each request. A token that was seen
 * lately is answered at once, without any signature or query.
 */
export class TokenAuthenticator implements Authenticator {
  readonly #deps: TokenAuthenticatorDeps;
  readonly #known = new BoundedCache<Known>(CACHE_CHARACTERS);

  constructor(deps: TokenAuthenticatorDeps) {
    this.#deps = deps;
  }

  authenticate(proof: Proof | undefined): Authentication | Promise<Authentication> {
    if (proof === undefined) return ANONYMOUS;
    const known = this.#known.get(proof.authorization);
    if (known !== undefined && known.until > this.#deps.clock().getTime()) return known.principal;
    const token = /^bearer +(\S+) *$/i.exec(proof.authorization)?.[1];
    return token === undefined ? this.#verifyBasic(proof) : this.#verifyToken(proof, token);
  }

  challengeFor({ baseUrl = "", scopes, fault }: Refusal): string {
    const { service } = this.#deps;
    const parameters = [
      `realm="${quotable(baseUrl)}${REALM_PATH}"`,
      `service="${quotable(service)}"`,
    ];
    if (scopes.length > 0) parameters.push(`scope="${scopes.map(printScope).join(" ")}"`);
    if (fault !== undefined) parameters.push(`error="${ERRORS[fault]}"`);
    return `Bearer ${parameters.join(",")}`;
  }

  async #verifyBasic({ authorization, origin }: Proof): Promise<Authentication> {
    const credentials = parseBasic(authorization);
    if (credentials === undefined) return undefined;
    const { user, secret } = credentials;
    if (user === IDENTITY_TOKEN_USER) return await this.#deps.refreshTokens.verify(secret);
    return await this.#deps.identities.verify({ user, secret, origin: origin() });
  }

  async #verifyToken({ authorization }: Proof, token: string): Promise<Authentication> {
    const { exchange } = this.#deps;
    if (exchange.handles(token)) return await exchange.verify({ secret: token });
    const claims = await this.#deps.tokens.verify(token);
    const principal = claims && (await this.#toPrincipal(claims));
    if (claims === undefined || principal === undefined) return undefined;
    const until = Math.min(
      claims.believedUntil.getTime(),
      this.#deps.clock().getTime() + BELIEVED_MS,
    );
    const { version } = this.#known;
    const weight = authorization.length;
    this.#known.fill(authorization, { value: { principal, until }, weight, version });
    return principal;
  }

  async #toPrincipal(claims: TokenClaims): Promise<Principal | undefined> {
    const { holder, granted, grantedAt, mayList } = claims;
    const principal = holder === undefined ? ANONYMOUS : await this.#deps.identities.resume(holder);
    return principal && { ...principal, granted, grantedAt, mayList };
  }
}

/** RFC 6750, section 3.1. */
const ERRORS = { invalid: "invalid_token", insufficient: "insufficient_scope" } as const;

function quotable(text: string): string {
  return text.replace(/["\\\r\n]/g, "");
}
