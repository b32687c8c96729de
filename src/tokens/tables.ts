import type { NamespaceId, NamespaceTables } from "../namespaces/index.ts";
import type { SigningKeyTables } from "../platform/keys/index.ts";

export type CiRuleId = string & { readonly __brand: "CiRuleId" };

/** The rows this capability owns, the keys that it signs with, and the names of those whom it acts for. */
export interface TokenTables extends SigningKeyTables, NamespaceTables {
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
  ci_rules: {
    id: CiRuleId;
    /** 0 for a rule of the hub's. */
    organization_id: NamespaceId | 0;
    name: string;
    issuer: string;
    /** JSON: claims and what each has to be. */
    claims: string;
    /** As whom its jobs act: somebody's account, by a rule of the hub's, or else the organization itself. */
    account_id: NamespaceId;
    /** JSON: names and patterns; of an organization's rule without the organization's name, which may change. */
    repositories: string;
    /** JSON: a list of actions. */
    actions: string;
    lifetime_ms: number;
    created_by: string;
    created_at: number;
  };
}
