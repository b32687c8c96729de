import { randomBytes } from "node:crypto";
import type { Journal, Principal } from "../access/index.ts";
import { claimNamespace, findNamespace, type NamespaceName } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { type AccountTables, hasAdministrator, insertAccount } from "./accounts-store.ts";
import { hashPassword } from "./password-hash.ts";
import { assertFit } from "./passwords.ts";

const ADMIN = "admin" as NamespaceName;
/** Nobody of the hub: there is nobody yet. */
const HUB: Principal = { kind: "robot", name: "berth" };
const ORIGIN = { address: "", client: "berth serve" };

export interface FirstAdministrator {
  readonly name: string;
  /** Only if it was made up just now: it is not kept anywhere. */
  readonly password?: string;
}

/**
 * The administrator of a hub that has none, once. Undefined when there is one already: whoever comes later gets nothing.
 * The password is the one given, or a random one.
 */
export async function createFirstAdministrator(deps: {
  readonly database: Database<AccountTables>;
  readonly journal: Journal;
  readonly password: string | undefined;
  readonly clock: () => Date;
}): Promise<FirstAdministrator | undefined> {
  const { database, journal, password: given, clock } = deps;
  if (await hasAdministrator(database.reader)) return undefined;
  if (given !== undefined) assertFit(given, ADMIN);
  const password = given ?? randomBytes(18).toString("base64url");
  const hash = await hashPassword(password);
  const now = clock();
  const isMade = await database.write(async (trx) => {
    // Two processes may start at once: the second one finds what the first made.
    if (await hasAdministrator(trx)) return false;
    if ((await findNamespace(trx, ADMIN)) !== undefined) return false;
    const id = await claimNamespace(trx, { name: ADMIN, kind: "user", now });
    const row = { id, name: ADMIN, email: null, password: hash, role: "administrator" } as const;
    await insertAccount(trx, { ...row, created_at: now.getTime(), email_confirmed_at: null });
    await journal.record(trx, {
      ...{ by: HUB, origin: ORIGIN, action: "account.create", account: ADMIN, name: ADMIN },
      after: { name: ADMIN, email: null, role: "administrator" },
    });
    return true;
  });
  if (!isMade) return undefined;
  return given === undefined ? { name: ADMIN, password } : { name: ADMIN };
}
