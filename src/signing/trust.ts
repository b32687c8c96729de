import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { TrustMaterial } from "@sigstore/verify";
import type { Digest } from "../oci/digest.ts";

/** A public key that somebody gave a name to. */
export interface TrustedKey {
  readonly name: string;
  readonly publicKey: KeyObject;
}

/** Certificates that signers of Notation, or those who confirm the time for them, are proved by. */
export interface TrustStore {
  readonly name: string;
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
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "identity"; readonly issuer: string; readonly subject: string }
  | { readonly kind: "certificate"; readonly store: string; readonly subject: string }
  | NotarySigner;

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
  const der = key.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64");
}

/** All certificates of a file, in their order. */
export function readCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
