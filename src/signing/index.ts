export { generateKeyFiles, readPrivateKey } from "./cosign/key-file.ts";
export { BUNDLE_TYPE, signSimply, signStatement } from "./cosign/sign.ts";
export { SIGNATURE_ANNOTATION, SIMPLE_SIGNING_TYPE } from "./cosign/simple-signing.ts";
export { createSigning, type Signing } from "./create-signing.ts";
export { findImage } from "./hub/image-evidence.ts";
export { trustHubKey } from "./hub/trust-hub-key.ts";
export { createSigningTables } from "./migration-0046.ts";
export { bindSignaturesToAnchors } from "./migration-0056.ts";
export { listSignatureEntries } from "./signature-entries.ts";
export { SignatureError } from "./signature-error.ts";
export { PUBLIC_GOOD_ROOT } from "./sigstore/public-good-root.ts";
export { readTrustedRoot } from "./sigstore/trusted-root.ts";
export { listDecidingSignatures } from "./store/policy-signatures.ts";
export type { KnownSignature } from "./store/signatures-store.ts";
export type { SigningTables } from "./tables.ts";
export {
  readCertificates,
  readPublicKey,
  type Signer,
  type Trust,
  type TrustStore,
} from "./trust.ts";
export { SIGNATURE_BYTES, type VerifiedEntry, verifyEntry } from "./verify-entry.ts";
