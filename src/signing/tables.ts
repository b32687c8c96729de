import type { Generated } from "kysely";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Digest } from "../oci/digest.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { SignatureFormat } from "./signature-entries.ts";
import type { SignatureFault } from "./signature-error.ts";
import type { TrustStore } from "./trust.ts";

export type SignatureId = number & { readonly __brand: "SignatureId" };
export type SignatureState = "verified" | SignatureFault;
export type AnchorKind = "key" | TrustStore["type"];

/** The rows that signing owns, and those of the registry that it reads. */
export interface SigningTables extends RegistryTables {
  /** One for each signature in each repository, with what was found out about it. */
  signatures: {
    id: Generated<SignatureId>;
    repository_id: RepositoryId;
    /** Of the manifest that holds it, by an id that is never given again. */
    manifest_id: number;
    /** Which layer of that manifest. */
    entry: number;
    /** What it is said to be of. */
    subject: Digest;
    format: SignatureFormat;
    state: SignatureState;
    reason: string | null;
    kind: "signature" | "attestation" | null;
    predicate_type: string | null;
    /** JSON, unless it is large. */
    predicate: string | null;
    /** JSON of a `Signer`. */
    signer: string | null;
    signed_at: number | null;
    expires_at: number | null;
    verified_at: number | null;
    /** By which state of the hub's keys; a smaller one than today's means that its turn comes: 0 is new, 1 once more. */
    trust_revision: number;
    /** In whose namespace it was judged; 0 of nobody's. */
    namespace_id: NamespaceId | 0;
    /** Not before: 0 is at once. */
    due_at: number;
    /** How often it was tried in vain since it was judged last. */
    attempts: number;
  };
  /** What proves a signature. Its signer counts while one of them is trusted where the image is. */
  signature_anchors: { signature_id: SignatureId; anchor_id: number };
  /** Whose signatures count. */
  trust_anchors: {
    id: Generated<number>;
    /** 0 of the hub. */
    namespace_id: NamespaceId | 0;
    name: string;
    kind: AnchorKind;
    pem: string;
    created_at: number;
    created_by: string;
  };
  /** Up to where arrivals were looked at, which revision of what is trusted is in force, and who is to be judged once more. */
  signing_positions: { name: string; position: number };
}
