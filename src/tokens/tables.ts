import type { SigningKeyTables } from "../platform/keys/index.ts";

/** The rows this capability owns, and the keys that it signs with. */
export interface TokenTables extends SigningKeyTables {
  refresh_tokens: {
    id: string;
    /** SHA-256 of the token, in hex; the token itself is nowhere. */
    secret_hash: string;
    /** Of `namespaces`; whether it is still there is asked at each use. */
    account_id: number;
    credential_kind: string;
    credential_id: string;
    /** What the client called itself when it got the token. */
    client: string;
    address: string;
    created_at: number;
    last_used_at: number;
    expires_at: number;
  };
}
