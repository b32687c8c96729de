import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { TrustMaterial } from "@sigstore/verify";
import type { Digest } from "../oci/digest.ts";

/** A public key that somebody gave a name to. */
export interface TrustedKey {
  readonly name: string;
  /** The row that holds it; undefined of a file. */
  readonly anchor?: number;
  readonly publicKey: KeyObject;
}

/** Certificates that signers of Notation, or those who confirm the time for them, are proved by. */
export interface TrustStore {
  readonly name: string;
  /** The row that holds it; undefined of a file. */
  readonly anchor?: number;
  /** As in Notation's trust stores. */
  readonly type: "ca" | "signingAuthority" | "tsa";
  readonly certificates: readonly X509Certificate[];
}

/** By what signatures are judged. */
export interface Trust {
  readonly keys: readonly TrustedKey[];
  readonly stores: readonly TrustStore[];
  /** Authorities and logs of keyless signatures; undefined: none are trusted. */
  readonly sigstore: TrustMaterial | undefined;
}

/** Who made a signature, as far as it was proved. */
export type Signer =
  | KeySigner
  | { readonly kind: "identity"; readonly issuer: string; readonly subject: string }
  | CertificateSigner
  | NotarySigner;

interface KeySigner {
  readonly kind: "key";
  /** The name that it has here. */
  readonly key: string;
  /** Of the key itself, whatever it is called: one key under two names is one signer. */
  readonly fingerprint?: string | undefined;
}

interface CertificateSigner {
  readonly kind: "certificate";
  readonly store: string;
  readonly subject: string;
  /** Of the key that it certifies. */
  readonly fingerprint?: string | undefined;
}

/** Of Docker Content Trust: who signed as which role, and which keys stand above it. */
interface NotarySigner {
  readonly kind: "notary";
  /** The name under which it is signed, with its host. */
  readonly gun: string;
  readonly role: string;
  /** As the trust data call it. */
  readonly key: string;
  readonly owner?: string | undefined;
  readonly rootKeys: readonly string[];
}

/** What a signature was found to be good for. */
export interface Verified {
  readonly signer: Signer;
  /** All trusted keys or stores that prove it, as several people may have named the same. */
  readonly anchors?: readonly number[];
  /** When it was made, if somebody else than the signer says so. */
  readonly signedAt?: Date;
  /** Until when it counts; undefined: until somebody changes their mind. */
  readonly expiresAt?: Date;
  /** Of an attestation: what it claims. */
  readonly predicateType?: string;
}

/** What a signature has to be of. */
export interface Artifact {
  readonly digest: Digest;
  /** Undefined while the hub does not have it. */
  readonly bytes: Buffer | undefined;
}

/** Throws what `node:crypto` says of a text that is no public key. */
export function readPublicKey(pem: string): KeyObject {
  if (pem.includes("BEGIN CERTIFICATE")) return new X509Certificate(pem).publicKey;
  return createPublicKey(pem);
}

/** As cosign names keys in its bundles: the hash of the key itself, in base64. */
export function hintOf(key: KeyObject): string {
  const known = HINTS.get(key);
  if (known !== undefined) return known;
  const der = key.export({ type: "spki", format: "der" });
  const hint = createHash("sha256").update(der).digest("base64");
  HINTS.set(key, hint);
  return hint;
}

/** Each signature is compared with the hints of all keys. */
const HINTS = new WeakMap<KeyObject, string>();

/** The rows of what proves a signature, as far as they come from rows. */
export function anchorsOf(
  proofs: readonly { readonly anchor?: number }[],
): Pick<Verified, "anchors"> {
  return { anchors: proofs.flatMap(({ anchor }) => anchor ?? []) };
}

/** All certificates of a file, in their order. */
export function readCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
