import { SignJWT } from "jose";
import { z } from "zod";
import type { Permit, Principal, RepositoryAction } from "../access/index.ts";
import type { Scope } from "../oci/scope.ts";
import { type KeySet, readSigned, SIGNING_ALGORITHM } from "../platform/keys/index.ts";
import { type Holder, holderOf } from "./identities.ts";
import { TokenError } from "./token-error.ts";

/** Long enough for the layers of a slow push: a token is looked at when a request begins, and each layer begins anew. */
export const TOKEN_LIFETIME_SECONDS = 30 * 60;
/** What clocks may differ by. */
const LEEWAY_SECONDS = 60;
/** A head of a request holds 16 KiB in all. */
const TOKEN_BYTES = 8 * 1024;

export interface AccessToken {
  readonly text: string;
  readonly issuedAt: Date;
}

/** What a token says that is in force. */
export interface TokenClaims {
  /** Undefined for a token that was given to nobody in particular. */
  readonly holder: Holder | undefined;
  readonly granted: readonly Permit[];
  readonly mayList: boolean;
  readonly grantedAt: Date;
  /** Until when it is believed, the leeway included. */
  readonly believedUntil: Date;
}

interface AccessTokensDeps {
  readonly keys: Pick<KeySet, "current" | "find">;
  /** Issuer and audience in one: this hub believes its own tokens only. */
  readonly service: string;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

const claims = z.object({
  iat: z.int(),
  // The same in milliseconds: names change hands within a second.
  granted_at: z.int().optional(),
  exp: z.int(),
  access: z
    .array(z.object({ type: z.string(), name: z.string(), actions: z.array(z.string()) }))
    .default([]),
  berth: z
    .object({
      account: z.int(),
      credential: z.object({
        kind: z.enum([
          "password",
          "directory",
          "session",
          "personal token",
          "organization token",
          "robot",
          "workload",
        ]),
        id: z.string(),
      }),
    })
    .optional(),
});

const ACTIONS: ReadonlySet<string> = new Set<RepositoryAction>(["pull", "push", "delete"]);

/** Registry tokens as the distribution project describes them: JWTs that name what their holder was granted. */
export class AccessTokens {
  readonly #deps: AccessTokensDeps;

  constructor(deps: AccessTokensDeps) {
    this.#deps = deps;
  }

  /** Throws invalid_scope when the token would get too large for the head of a request. */
  async issue(principal: Principal, access: readonly Scope[]): Promise<AccessToken> {
    const { keys, service, clock, randomId } = this.#deps;
    const { kid, privateKey } = keys.current;
    const grantedAt = clock().getTime();
    const now = Math.floor(grantedAt / 1000);
    const holder = holderOf(principal);
    const berth = holder && { account: holder.accountId, credential: holder.credential };
    const text = await new SignJWT({ access, granted_at: grantedAt, ...(berth && { berth }) })
      .setProtectedHeader({ typ: "JWT", alg: SIGNING_ALGORITHM, kid })
      .setIssuer(service)
      .setAudience(service)
      .setSubject(principal.kind === "anonymous" ? "" : principal.name)
      .setJti(randomId())
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + TOKEN_LIFETIME_SECONDS)
      .sign(privateKey);
    if (text.length >= TOKEN_BYTES) {
      throw new TokenError("invalid_scope", {
        message: `a token for all these scopes would be larger than ${TOKEN_BYTES} bytes: ask for fewer at once`,
      });
    }
    return { text, issuedAt: new Date(now * 1000) };
  }

  /** Undefined for whatever this hub did not sign, is not for it, or is not in force. */
  async verify(text: string): Promise<TokenClaims | undefined> {
    if (text.length >= TOKEN_BYTES) return undefined;
    const { keys, service, clock } = this.#deps;
    const payload = await readSigned(text, keys, {
      typ: "JWT",
      issuer: service,
      audience: service,
      clockTolerance: LEEWAY_SECONDS,
      maxTokenAge: TOKEN_LIFETIME_SECONDS,
      currentDate: clock(),
      requiredClaims: ["sub", "jti", "iat", "nbf", "exp"],
    });
    const { data } = claims.safeParse(payload);
    if (data === undefined || data.exp - data.iat > TOKEN_LIFETIME_SECONDS) return undefined;
    const { berth, access } = data;
    return {
      holder: berth && { accountId: berth.account, credential: berth.credential },
      granted: access.filter(({ type }) => type === "repository").map(toPermit),
      mayList: access.some(({ type, name }) => type === "registry" && name === "catalog"),
      grantedAt: new Date(data.granted_at ?? data.iat * 1000),
      believedUntil: new Date((data.exp + LEEWAY_SECONDS) * 1000),
    };
  }
}

function toPermit({ name, actions }: Scope): Permit {
  return { repositories: name, actions: actions.flatMap(toAction) };
}

/** "Any" is granted to those who may administer what it names. */
function toAction(action: string): readonly RepositoryAction[] {
  if (action === "*") return ["admin"];
  return isAction(action) ? [action] : [];
}

export function isAction(action: string): action is RepositoryAction {
  return ACTIONS.has(action);
}
