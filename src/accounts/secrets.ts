import { createHash, randomBytes } from "node:crypto";

/** As Docker Hub's look, so that tools that know them by their beginning know these. */
export const PERSONAL_TOKEN_PREFIX = "dckr_pat_";

const SECRET_BYTES = 24;

/** 192 random bits: nothing that can be guessed, so its hash needs no salt and no slow function. */
export function makeSecret(prefix: string): string {
  return prefix + randomBytes(SECRET_BYTES).toString("base64url");
}

export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
