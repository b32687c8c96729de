export { KeySet, SIGNING_ALGORITHM } from "./key-set.ts";
export { readSigned } from "./read-signed.ts";
export { isSealed, openSealing, type Sealing } from "./sealing.ts";
export { createSigningKeys, type SigningKeyTables } from "./signing-keys-store.ts";
