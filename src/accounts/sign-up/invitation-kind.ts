import type { Kysely } from "kysely";
import type { Caller } from "../../access/index.ts";
import type { Account, AccountTables, HubRole } from "../accounts-store.ts";

/**
 * Something whose one-time link lets a person make an account though sign-up is not open. The hub has its own; a capability
 * that invites people to something else, such as an organization, adds a kind with a purpose of its own for `OneTimeLinks`,
 * which is then taken by the same route, the same command and the same page.
 */
export interface InvitationKind {
  /** Of the one-time links that stand for it; their subject is its id. */
  readonly purpose: string;
  /** Whom it lets in, and as what. Throws LINK_INVALID once it is not in force. */
  get(db: Kysely<AccountTables>, id: string): Promise<Invited>;
  /** Does what it promises and ends it, in the transaction that makes the account. */
  accept(
    trx: Kysely<AccountTables>,
    id: string,
    accepted: Caller & { readonly account: Account },
  ): Promise<void>;
}

export interface Invited {
  readonly email: string;
  /** Whether whoever holds the link is known to read the mail of that address. */
  readonly isEmailConfirmed: boolean;
  readonly role: HubRole | undefined;
}
