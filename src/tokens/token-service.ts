import {
  ANONYMOUS,
  type Origin,
  type Principal,
  type RepositoryRights,
  SecondFactorRequired,
} from "../access/index.ts";
import { parseScopes, printScope, type Scope, ScopeLimitError } from "../oci/scope.ts";
import { type AccessTokens, TOKEN_LIFETIME_SECONDS } from "./access-tokens.ts";
import { grant } from "./grants.ts";
import type { Identities } from "./identities.ts";
import type { RefreshTokens } from "./refresh-tokens.ts";
import { TokenError } from "./token-error.ts";

/** The user name that credential helpers keep an identity token under. */
export const IDENTITY_TOKEN_USER = "<token>";

/** What a client shows to get a token. */
export type Claim =
  | { readonly kind: "nobody" }
  | { readonly kind: "secret"; readonly user: string; readonly secret: string }
  | { readonly kind: "refresh"; readonly secret: string };

export interface TokenWish {
  readonly claim: Claim;
  /** As they came: each may hold several scopes. */
  readonly scopes: readonly string[];
  readonly service: string | undefined;
  /** Whether the client wants something to come back with. */
  readonly isOffline: boolean;
  readonly origin: Origin;
  /** By which the client reaches the hub. */
  readonly hosts: readonly string[];
}

export interface TokenAnswer {
  readonly token: string;
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  readonly issued_at: string;
  readonly scope: string;
  readonly refresh_token?: string;
}

interface TokenServiceDeps {
  readonly identities: Pick<Identities, "verify" | "explain">;
  readonly rights: RepositoryRights;
  readonly tokens: Pick<AccessTokens, "issue">;
  readonly refreshTokens: Pick<RefreshTokens, "issue" | "verify">;
  readonly service: string;
}

/** Exchanges what proves who somebody is for a token that says what they may do for half an hour. */
export class TokenService {
  readonly #deps: TokenServiceDeps;

  constructor(deps: TokenServiceDeps) {
    this.#deps = deps;
  }

  /** Throws TokenError, or TooManyAttempts. */
  async issue(wish: TokenWish): Promise<TokenAnswer> {
    const { service, rights, tokens } = this.#deps;
    if (wish.service !== undefined && wish.service !== service) {
      throw new TokenError("invalid_target", {
        message: `this is the token service of ${service}`,
      });
    }
    const scopes = readScopes(wish.scopes);
    const principal = await this.#identify(wish);
    const access = await grant(rights, principal, { scopes, hosts: wish.hosts });
    const token = await tokens.issue(principal, access);
    const refreshToken = await this.#refreshTokenFor(principal, wish);
    return {
      token: token.text,
      access_token: token.text,
      token_type: "Bearer",
      expires_in: TOKEN_LIFETIME_SECONDS,
      issued_at: token.issuedAt.toISOString(),
      scope: access.map(printScope).join(" "),
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    };
  }

  async #identify({ claim, origin }: TokenWish): Promise<Principal> {
    if (claim.kind === "nobody") return ANONYMOUS;
    const principal =
      claim.kind === "refresh" || claim.user === IDENTITY_TOKEN_USER
        ? await this.#deps.refreshTokens.verify(claim.secret)
        : await this.#deps.identities.verify({ ...claim, origin });
    if (principal === undefined) {
      const message = await this.#explain({ claim, origin });
      throw new TokenError("invalid_grant", message === undefined ? {} : { message });
    }
    // Their token would be good for nothing, and this is where docker tells people something.
    if (principal.owesSecondFactor === true) throw new SecondFactorRequired(principal, "owed");
    return principal;
  }

  async #explain({ claim, origin }: Pick<TokenWish, "claim" | "origin">) {
    if (claim.kind === "nobody") return undefined;
    if (claim.kind === "refresh") return "the login has ended: log in again";
    return await this.#deps.identities.explain?.({ ...claim, origin });
  }

  async #refreshTokenFor(principal: Principal, wish: TokenWish): Promise<string | undefined> {
    const { claim, isOffline, origin } = wish;
    // The same one: a client that got another would leave the first behind.
    if (claim.kind === "refresh") return claim.secret;
    if (!isOffline) return undefined;
    if (claim.kind === "secret" && claim.user === IDENTITY_TOKEN_USER) return claim.secret;
    return await this.#deps.refreshTokens.issue(principal, origin);
  }
}

function readScopes(parameters: readonly string[]): readonly Scope[] {
  try {
    return parseScopes(parameters);
  } catch (cause) {
    if (!(cause instanceof ScopeLimitError)) throw cause;
    throw new TokenError("invalid_scope", { message: cause.message, cause });
  }
}
