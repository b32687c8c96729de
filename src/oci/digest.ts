import { excerpt } from "../lib/excerpt.ts";
import { OciError } from "./error.ts";

/** `sha256:<64 hex>` or `sha512:<128 hex>`; only {@link parseDigest} makes one. */
export type Digest = string & { readonly __brand: "Digest" };

export type DigestAlgorithm = "sha256" | "sha512";

const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** Proves that `text` is a digest this registry can verify; throws DIGEST_INVALID. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const digest = excerpt(text);
  throw new OciError(
    "DIGEST_INVALID",
    { digest },
    {
      message: `"${digest}" is not a digest: that is sha256: and 64, or sha512: and 128, lower-case hexadecimal digits`,
    },
  );
}

/** The digest of bytes that were hashed here. */
export function toDigest(algorithm: DigestAlgorithm, hex: string): Digest {
  return `${algorithm}:${hex}` as Digest;
}

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** The hexadecimal part, without the algorithm. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}
