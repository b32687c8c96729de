export { KeySet, SIGNING_ALGORITHM } from "./key-set.ts";
export { createSigningKeys, type SigningKeyTables } from "./signing-keys-store.ts";
