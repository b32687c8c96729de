import { verifyAttestationLayer } from "./cosign/attestation-layer.ts";
import { verifySimpleSigning } from "./cosign/simple-signing.ts";
import { verifyNotation } from "./notation/verify-notation.ts";
import type { SignatureEntry } from "./signature-entries.ts";
import { SignatureError } from "./signature-error.ts";
import { type VerifiedBundle, verifyBundle } from "./sigstore/verify-bundle.ts";
import { SIGN_PREDICATE } from "./statement.ts";
import type { Artifact, Trust, Verified } from "./trust.ts";

/** Attestations hold whole bills of materials; nothing that is signed is larger. */
export const SIGNATURE_BYTES = 8 * 1024 * 1024;

/** What a signature was found to be good for. */
export interface VerifiedEntry extends Verified {
  readonly kind: "signature" | "attestation";
  /** What is attested. */
  readonly predicate?: unknown;
}

export interface EntryQuestion {
  readonly entry: SignatureEntry;
  readonly bytes: Buffer;
  readonly artifact: Artifact;
  /** What the repository is and was called. */
  readonly names: readonly string[];
  readonly trust: Trust;
  readonly now: Date;
}

/** Verifies one signature of whichever format. Throws SignatureError. */
export async function verifyEntry(question: EntryQuestion): Promise<VerifiedEntry> {
  const { entry, bytes, artifact, names, trust, now } = question;
  const layer = { bytes, annotations: entry.layer.annotations ?? {} };
  switch (entry.format) {
    case "cosign": {
      const of = { digest: artifact.digest, names };
      return { kind: "signature", ...(await verifySimpleSigning(layer, of, trust)) };
    }
    case "dsse":
      return toEntry(await verifyAttestationLayer(layer, artifact, trust));
    case "bundle":
      return toEntry(await verifyBundle(parseJson(bytes), artifact, trust));
    case "notation": {
      const signature = { mediaType: entry.layer.mediaType, bytes };
      return { kind: "signature", ...(await verifyNotation(signature, artifact, { trust, now })) };
    }
  }
}

function toEntry({ statement, ...verified }: VerifiedBundle): VerifiedEntry {
  if (statement === undefined || statement.predicateType === SIGN_PREDICATE) {
    return { kind: "signature", ...verified };
  }
  return { kind: "attestation", ...verified, predicate: statement.predicate };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new SignatureError("invalid", "it is no JSON", { cause });
  }
}
