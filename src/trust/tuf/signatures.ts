import { constants, type KeyObject, sign, verify } from "node:crypto";
import { fingerprintOf, type TufKey, toPublicKey } from "./keys.ts";

export interface Signature {
  readonly keyId: string;
  readonly method: string;
  readonly bytes: Buffer;
}

/** Who speaks for a role, and how many of them it takes. */
export interface RoleKeys {
  readonly keys: readonly TufKey[];
  readonly threshold: number;
}

interface SignedText {
  /** In its canonical form. */
  readonly payload: string;
  readonly signatures: readonly Signature[];
}

const PSS_SALT_BYTES = 32;

/** The keys of the role that signed the text. One key in two dresses counts once. */
export function listSigners(
  { payload, signatures }: SignedText,
  { keys }: RoleKeys,
): readonly TufKey[] {
  const text = Buffer.from(payload);
  const signers = new Map<string, TufKey>();
  const ofRole = new Map(keys.map((key) => [key.id, key]));
  for (const signature of signatures) {
    const key = ofRole.get(signature.keyId);
    const publicKey = key && toPublicKey(key);
    if (key === undefined || publicKey === undefined) continue;
    const fingerprint = fingerprintOf(publicKey);
    if (signers.has(fingerprint)) continue;
    if (isSignedBy(publicKey, text, signature)) signers.set(fingerprint, key);
  }
  return [...signers.values()];
}

export function isSigned(text: SignedText, role: RoleKeys): boolean {
  return role.threshold >= 1 && listSigners(text, role).length >= role.threshold;
}

function isSignedBy(key: KeyObject, text: Buffer, { method, bytes }: Signature): boolean {
  const type = key.asymmetricKeyType;
  switch (method) {
    case "eddsa":
      return type === "ed25519" && verify(null, text, key, bytes);
    case "ecdsa":
      return type === "ec" && verify("sha256", text, { key, dsaEncoding: "ieee-p1363" }, bytes);
    case "rsapss": {
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const options = { key, padding, saltLength: PSS_SALT_BYTES };
      return type === "rsa" && verify("sha256", text, options, bytes);
    }
    case "rsapkcs1v15":
      return type === "rsa" && verify("sha256", text, key, bytes);
    default:
      return false;
  }
}

/** A key that is held here. */
export interface SigningKey {
  readonly key: TufKey;
  readonly privateKey: KeyObject;
}

export function signText(payload: string, { key, privateKey }: SigningKey) {
  const text = Buffer.from(payload);
  const isEd25519 = privateKey.asymmetricKeyType === "ed25519";
  const bytes = isEd25519
    ? sign(null, text, privateKey)
    : sign("sha256", text, { key: privateKey, dsaEncoding: "ieee-p1363" });
  const method = isEd25519 ? "eddsa" : "ecdsa";
  return { keyid: key.id, method, sig: bytes.toString("base64") };
}
