import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";
import { type Digest, digestAlgorithm, digestHex } from "../../oci/digest.ts";
import { loadCore } from "../sigstore/library.ts";
import { SIGN_PREDICATE, STATEMENT_TYPE } from "../statement.ts";
import { hintOf } from "../trust.ts";

export const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** A bundle as cosign writes it without a log of signatures, and what it is good for. */
export interface SignedBundle {
  readonly json: string;
  readonly predicateType: string;
}

/** What is attested of an image. */
export interface Claim {
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** What `cosign sign` of version 3 claims: nothing but that it was signed. */
const SIGNED: Claim = { predicateType: SIGN_PREDICATE, predicate: {} };

/** An attestation, or without a claim a signature, of one digest: an in-toto statement in a DSSE envelope. */
export function signStatement(key: KeyObject, digest: Digest, claim: Claim = SIGNED): SignedBundle {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "", digest: { [digestAlgorithm(digest)]: digestHex(digest) } }],
    ...claim,
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const signature = sign(
    hashOf(key),
    loadCore().dsse.preAuthEncoding(STATEMENT_TYPE, payload),
    key,
  );
  const dsseEnvelope = {
    payload: payload.toString("base64"),
    payloadType: STATEMENT_TYPE,
    signatures: [{ sig: signature.toString("base64"), keyid: "" }],
  };
  return { json: bundle(key, { dsseEnvelope }), predicateType: claim.predicateType };
}

/** As `cosign sign-blob` does it: a signature of bytes, such as a manifest's. */
export function signBytes(key: KeyObject, bytes: Buffer): string {
  const messageSignature = {
    messageDigest: {
      algorithm: "SHA2_256",
      digest: createHash("sha256").update(bytes).digest("base64"),
    },
    signature: sign(hashOf(key), bytes, key).toString("base64"),
  };
  return bundle(key, { messageSignature });
}

/** What older cosign signs and podman's tools read: a small document that names repository and digest. */
export function signSimply(
  key: KeyObject,
  image: { readonly reference: string; readonly digest: Digest },
): { readonly payload: Buffer; readonly signature: string } {
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": image.reference },
        image: { "docker-manifest-digest": image.digest },
        type: "cosign container image signature",
      },
      optional: null,
    }),
  );
  return { payload, signature: sign(hashOf(key), payload, key).toString("base64") };
}

function bundle(key: KeyObject, content: object): string {
  const verificationMaterial = { publicKey: { hint: hintOf(createPublicKey(key)) } };
  return JSON.stringify({ mediaType: BUNDLE_TYPE, verificationMaterial, ...content });
}

/** Ed25519 hashes by itself; everything else is signed as a SHA-256. */
function hashOf(key: KeyObject): string | null {
  return key.asymmetricKeyType === "ed25519" ? null : "sha256";
}
