import type { Principal } from "../access/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import {
  type Account,
  type AccountTables,
  findAccount,
  findAccountByName,
} from "./accounts-store.ts";
import { toPersona } from "./principal-of.ts";

/** Accounts without a login, for those whom somebody else vouches for. Undefined unless the account is in force. */
export function createPersonas({ database }: { readonly database: Database<AccountTables> }) {
  return {
    async findByName(name: string): Promise<Principal | undefined> {
      return toPersonaInForce(await findAccountByName(database.reader, name));
    },
    async findById(accountId: number): Promise<Principal | undefined> {
      return toPersonaInForce(await findAccount(database.reader, accountId as NamespaceId));
    },
  };
}

function toPersonaInForce(account: Account | undefined): Principal | undefined {
  return account === undefined || account.isDisabled ? undefined : toPersona(account);
}
