import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { printCanonicalJson } from "./canonical-json.ts";

/** A public key as metadata writes it. */
export interface TufKey {
  readonly id: string;
  readonly type: string;
  /** base64 of DER (ecdsa, rsa), of a certificate's PEM (…-x509), or of the 32 bytes themselves (ed25519). */
  readonly public: string;
}

/** RFC 8410: what stands before the 32 bytes of a public key. */
const ED25519_HEAD = Buffer.from("302a300506032b6570032100", "hex");
const ED25519_BYTES = 32;

/** The name that everybody gives to a key: the hash of what it is. */
export function keyIdOf(key: Omit<TufKey, "id">): string {
  const text = printCanonicalJson(toKeyDocument(key));
  return createHash("sha256").update(text).digest("hex");
}

export function toKeyDocument({ type, public: text }: Omit<TufKey, "id">) {
  return { keytype: type, keyval: { private: null, public: text } };
}

export function isCertificateKey({ type }: TufKey): boolean {
  return type.endsWith("-x509");
}

/** Throws when it holds no certificate. */
export function readCertificate(key: TufKey): X509Certificate {
  return new X509Certificate(Buffer.from(key.public, "base64"));
}

/** People put their own name into the certificates of their delegations. Undefined for keys without a certificate. */
export function ownerOf(key: TufKey): string | undefined {
  return isCertificateKey(key) ? commonNameOf(readCertificate(key)) : undefined;
}

export function commonNameOf({ subject }: X509Certificate): string {
  const line = (subject ?? "").split("\n").findLast((one) => one.startsWith("CN="));
  return line?.slice("CN=".length) ?? "";
}

/** Undefined for what is no key, or none of a kind that is known here: it cannot have signed anything. */
export function toPublicKey(key: TufKey): KeyObject | undefined {
  try {
    return readPublicKey(key);
  } catch {
    // A key that cannot be read signs nothing; whether enough others did is what counts.
    return undefined;
  }
}

function readPublicKey(key: TufKey): KeyObject | undefined {
  const bytes = Buffer.from(key.public, "base64");
  switch (key.type) {
    case "ecdsa":
      return ofType("ec", createPublicKey({ key: bytes, format: "der", type: "spki" }));
    case "rsa":
      return ofType("rsa", createPublicKey({ key: bytes, format: "der", type: "spki" }));
    case "ecdsa-x509":
      return ofType("ec", readCertificate(key).publicKey);
    case "rsa-x509":
      return ofType("rsa", readCertificate(key).publicKey);
    case "ed25519":
      if (bytes.length !== ED25519_BYTES) return undefined;
      return createPublicKey({
        key: Buffer.concat([ED25519_HEAD, bytes]),
        format: "der",
        type: "spki",
      });
    default:
      return undefined;
  }
}

function ofType(type: "ec" | "rsa", key: KeyObject): KeyObject | undefined {
  return key.asymmetricKeyType === type ? key : undefined;
}

/** The same for one key in two dresses: with a certificate and without, or with two of them. */
export function fingerprintOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ format: "der", type: "spki" }))
    .digest("hex");
}

/** As metadata writes a public key that this program made. */
export function toTufKey(publicKey: KeyObject): TufKey {
  const der = publicKey.export({ format: "der", type: "spki" });
  const isEd25519 = publicKey.asymmetricKeyType === "ed25519";
  const key = isEd25519
    ? { type: "ed25519", public: der.subarray(ED25519_HEAD.length).toString("base64") }
    : { type: "ecdsa", public: der.toString("base64") };
  return { id: keyIdOf(key), ...key };
}
