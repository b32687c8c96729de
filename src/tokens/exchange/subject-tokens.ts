import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import { excerpt } from "../../lib/excerpt.ts";
import { TokenError } from "../token-error.ts";
import { type IssuerKeys, IssuerUnavailableError } from "./issuer-keys.ts";

const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];
const LEEWAY_SECONDS = 60;

/** Undefined for what is no JWT of an issuer. Nothing of it is believed by this. */
export function readIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    // What cannot be read has no issuer; the caller says so.
    return undefined;
  }
}

/** What the issuer says of a workload. Throws TokenError: with what is wrong with it, or that its keys cannot be had now. */
export async function verifySubject(
  token: string,
  expected: {
    readonly issuer: string;
    readonly audience: string;
    readonly keys: Pick<IssuerKeys, "find">;
    readonly now: Date;
  },
): Promise<JWTPayload> {
  const { issuer, audience, keys, now } = expected;
  try {
    const { payload } = await jwtVerify(token, (header, input) => keys.find(header, input), {
      algorithms: ALGORITHMS,
      issuer,
      audience,
      clockTolerance: LEEWAY_SECONDS,
      currentDate: now,
      requiredClaims: ["sub", "exp", "iat"],
    });
    return payload;
  } catch (cause) {
    if (cause instanceof IssuerUnavailableError)
      throw new TokenError("temporarily_unavailable", { message: cause.message, cause });
    if (isUnusable(cause)) throw refused(`the key of ${issuer} cannot be used`, cause);
    if (!(cause instanceof errors.JOSEError)) throw cause;
    throw refused(`the subject token is not valid: ${cause.message}`, cause);
  }
}

/** What jose and Web Crypto say of a key that is none, or too weak: whoever publishes it is no trouble of the hub's. */
function isUnusable(cause: unknown): boolean {
  return cause instanceof TypeError || cause instanceof DOMException;
}

/** Of a token that is refused for what it says: its signature is found to be good before that. */
export function subjectOf({ cause }: TokenError): string | undefined {
  const { JWTClaimValidationFailed, JWTExpired } = errors;
  if (!(cause instanceof JWTClaimValidationFailed || cause instanceof JWTExpired)) return undefined;
  return cause.payload.sub === undefined ? undefined : excerpt(cause.payload.sub);
}

export function refused(message: string, cause?: unknown): TokenError {
  return new TokenError("invalid_grant", { message, cause });
}
