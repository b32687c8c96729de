import { randomBytes } from "node:crypto";
import type { Journal, Principal } from "../access/index.ts";
import type { Database } from "../platform/db/index.ts";
import { type AccountTables, findAccountByName, updateAccount } from "./accounts-store.ts";
import { removeLinksOf } from "./link-purposes.ts";
import { hashPassword } from "./password-hash.ts";
import { removeSessionsOf } from "./sessions/sessions-store.ts";
import { turnOff } from "./two-factor/two-factor-store.ts";

/** Whoever can write to the data directory: nobody of the hub. */
const OPERATOR: Principal = { kind: "robot", name: "berth" };
const ORIGIN = { address: "", client: "berth user rescue" };

/**
 * A new password for an administrator whom nobody is left to help: it is random, and not kept anywhere. Lets the account in
 * again if it was shut out, and without a second factor. Undefined if no administrator has this name.
 */
export async function rescueAdministrator(
  deps: {
    readonly database: Database<AccountTables>;
    readonly journal: Journal;
  },
  name: string,
): Promise<string | undefined> {
  const password = randomBytes(18).toString("base64url");
  const hash = await hashPassword(password);
  return await deps.database.write(async (trx) => {
    const account = await findAccountByName(trx, name.toLowerCase());
    if (account?.role !== "administrator") return undefined;
    const { id } = account;
    await updateAccount(trx, id, { password: hash, disabled_at: null });
    await turnOff(trx, id);
    await removeSessionsOf(trx, id);
    await removeLinksOf(trx, id);
    const deed = { by: OPERATOR, origin: ORIGIN, account: account.name, name: account.name };
    await deps.journal.record(trx, { ...deed, action: "account.password.reset" });
    return password;
  });
}
