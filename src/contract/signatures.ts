import { z } from "zod";

export const SIGNATURES_PATH = "/api/v1/signatures";
export const PROVENANCE_PATH = "/api/v1/provenance";
/** Below it, `hub` or the name of a user or organization. */
export const TRUST_PATH = "/api/v1/trusted-signers";

export const ANCHOR_KINDS = ["key", "ca", "signingAuthority", "tsa"] as const;

/** A key or a certificate that signers are known by. */
export const trustAnchor = z.object({
  name: z.string().describe("As policies call it: `release` of the hub, `acme/release` of acme"),
  kind: z
    .enum(ANCHOR_KINDS)
    .describe("`key`: of cosign; the others are stores of Notation: who signs, who confirms times"),
  pem: z.string(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
});

export const newTrustAnchor = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/)
    .describe("Without the name of the user or organization"),
  kind: z.enum(ANCHOR_KINDS).default("key"),
  pem: z.string().max(100_000).describe("A public key, or certificates, as PEM"),
});

/** Who signed something, as far as that is proved. */
export const knownSigner = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("key"), key: z.string() }),
  z.object({ kind: z.literal("identity"), issuer: z.string(), subject: z.string() }),
  z.object({ kind: z.literal("certificate"), store: z.string(), subject: z.string() }),
  z.object({
    kind: z.literal("notary"),
    gun: z.string().describe("The name under which it is signed, with its host"),
    role: z.string().describe("Such as targets/releases"),
    key: z.string().describe("Its id in the trust data"),
    owner: z.string().optional().describe("In the word of the key's certificate"),
    rootKeys: z.array(z.string()).readonly().describe("Ids of the keys that the root is signed by"),
  }),
]);

const reference = z.string().max(300).describe("A tag or a digest");

export const signaturesQuery = z.strictObject({ reference: reference.default("latest") });

/** `untrusted`: by nobody who is known here. `waiting`: it was not verified yet, or what it signs is not here. */
const imageSignature = z.object({
  digest: z.string().describe("Of the manifest that holds it; of Notary, of the image"),
  format: z.enum(["cosign", "dsse", "bundle", "notation", "notary"]),
  state: z.enum(["verified", "untrusted", "invalid", "expired", "waiting"]),
  reason: z.string().nullable().describe("Why it does not count"),
  kind: z.enum(["signature", "attestation"]).nullable(),
  predicateType: z.string().nullable(),
  signer: knownSigner.nullable(),
  signedAt: z.iso.datetime().nullable().describe("In the word of a log or an authority for times"),
  expiresAt: z.iso.datetime().nullable(),
  verifiedAt: z.iso.datetime().nullable(),
});

export const imageSignatures = z.object({
  image: z.string(),
  digest: z.string().describe("As docker shows it after a pull"),
  signatures: z.array(imageSignature),
});

/** `index`: BuildKit listed it beside the image. `tag`: under a tag of cosign's. `notary`: in Docker Content Trust. */
const claim = z.object({
  source: z.enum(["index", "referrer", "tag", "notary"]),
  digest: z.string().describe("Of the manifest that holds it"),
  subject: z.string().describe("Of which image"),
  mediaType: z.string(),
  predicateType: z.string().nullable().describe("Of an attestation what it claims"),
  state: z
    .enum(["claimed", "verified", "untrusted", "invalid", "expired", "waiting"])
    .describe("`claimed`: nobody signed it, whoever built or pushed it says so"),
  signer: knownSigner.nullable(),
  predicate: z.unknown().describe("Left away where it is large"),
});

export const provenance = z.object({
  image: z.string(),
  digest: z.string(),
  claims: z.array(claim),
});
