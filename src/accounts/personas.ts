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
import type { TwoFactorDuty } from "./two-factor-duty.ts";

/** Accounts without a login, for those whom somebody else vouches for. Undefined unless the account is in force. */
export function createPersonas({
  database,
  duty,
}: {
  readonly database: Database<AccountTables>;
  readonly duty: TwoFactorDuty;
}) {
  const toPersonaInForce = (account: Account | undefined) =>
    account === undefined || account.isDisabled ? undefined : duty(toPersona(account));
  return {
    async findByName(name: string): Promise<Principal | undefined> {
      return toPersonaInForce(await findAccountByName(database.reader, name));
    },
    async findById(accountId: number): Promise<Principal | undefined> {
      return toPersonaInForce(await findAccount(database.reader, accountId as NamespaceId));
    },
  };
}
