import type { AccountTables } from "../accounts/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";

export type IdentityId = string & { readonly __brand: "IdentityId" };

/** The rows this capability owns, and those of others that it reads. */
export interface IdentityTables extends AccountTables {
  identities: {
    id: IdentityId;
    account_id: NamespaceId;
    /** `ldap`, or the issuer's address. */
    issuer: string;
    subject: string;
    /** What the person is called there, for people to recognise; nothing goes by it. */
    name: string;
    /** The role that the hub gave for a group, to be taken away with it. */
    synced_role: "administrator" | "auditor" | null;
    created_at: number;
    /** When the other system was last asked and knew them. */
    seen_at: number;
    /** The account's `disabled_at` if the hub disabled it because the other system knew them no more. */
    suspended_at: number | null;
  };
}
