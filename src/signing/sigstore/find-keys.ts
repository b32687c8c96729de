import { verify } from "node:crypto";
import type { Bundle } from "@sigstore/bundle";
import { type Artifact, hintOf, type TrustedKey } from "../trust.ts";
import { loadCore } from "./library.ts";

/** What a signature by a key is over. */
export interface SignedBytes {
  readonly data: Buffer;
  readonly signature: Buffer;
  /** Undefined: as the kind of the key says. */
  readonly hash: string | undefined;
}

/** As sigstore numbers them (HashAlgorithm). */
const HASHES = ["sha256", "sha256", "sha384", "sha512", "sha3-256", "sha3-384"] as const;
/** Each key hashes everything: this is less than a second for all of them together. */
const HASHED_BYTES = 256 * 1024 * 1024;

export function readSigned({ content }: Bundle, { bytes }: Artifact): SignedBytes {
  if (content.$case === "messageSignature") {
    const { messageDigest, signature } = content.messageSignature;
    const hash = HASHES[messageDigest.algorithm] ?? HASHES[0];
    return { data: bytes ?? Buffer.alloc(0), signature, hash };
  }
  const { payload, payloadType, signatures } = content.dsseEnvelope;
  const data = loadCore().dsse.preAuthEncoding(payloadType, payload);
  return { data, signature: signatures[0]?.sig ?? Buffer.alloc(0), hash: undefined };
}

/**
 * The trusted keys that made it: one key, by all names that it has. The one that is hinted at comes first. The work is done
 * beside the event loop, and there is an end to it: what is large is tried with fewer keys.
 */
export async function findKeys(
  signed: SignedBytes,
  keys: readonly TrustedKey[],
  hint: string,
): Promise<readonly TrustedKey[]> {
  const byKey = [...Map.groupBy(keys, ({ publicKey }) => hintOf(publicKey)).entries()];
  const hinted = byKey.filter(([own]) => own === hint);
  const others = byKey.filter(([own]) => own !== hint);
  const most = Math.max(1, Math.floor(HASHED_BYTES / Math.max(1, signed.data.length)));
  for (const [, same] of [...hinted, ...others].slice(0, most)) {
    const [one] = same;
    if (one !== undefined && (await fits(signed, one))) return same;
  }
  return [];
}

async function fits({ data, signature, hash }: SignedBytes, key: TrustedKey): Promise<boolean> {
  return await new Promise((resolve) => {
    try {
      // A key that cannot be used with this hash says so by an error: it did not make the signature.
      verify(hash, data, key.publicKey, signature, (error, isGood) =>
        resolve(error === null && isGood),
      );
    } catch {
      resolve(false);
    }
  });
}
