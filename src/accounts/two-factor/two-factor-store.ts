import type { Kysely } from "kysely";
import type { NamespaceId } from "../../namespaces/index.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { AccountTables } from "../accounts-store.ts";

export interface SecondFactor {
  readonly sealedSecret: string;
  /** Of the last code that was used: neither it nor an earlier one is good again. */
  readonly lastStep: number;
}

const selectSince = prepareQuery((db: Kysely<AccountTables>, key: { id: NamespaceId }) =>
  db.selectFrom("accounts").select("two_factor_at").where("id", "=", key.id),
);

/** Since when the account needs a code; undefined when it does not. */
export async function findTwoFactorSince(
  db: Kysely<AccountTables>,
  id: NamespaceId,
): Promise<Date | undefined> {
  const { rows } = await selectSince(db, { id });
  const at = rows[0]?.two_factor_at ?? null;
  return at === null ? undefined : new Date(at);
}

/** Also one that its owner has not confirmed yet. */
export async function findSecondFactor(
  db: Kysely<AccountTables>,
  accountId: NamespaceId,
): Promise<SecondFactor | undefined> {
  const row = await db
    .selectFrom("two_factor")
    .selectAll()
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return row && { sealedSecret: row.sealed_secret, lastStep: row.last_step };
}

/** In place of one that was never confirmed. */
export async function putSecondFactor(
  trx: Kysely<AccountTables>,
  accountId: NamespaceId,
  { sealedSecret, now }: { readonly sealedSecret: string; readonly now: Date },
): Promise<void> {
  await trx.deleteFrom("two_factor").where("account_id", "=", accountId).execute();
  const row = { sealed_secret: sealedSecret, last_step: 0, created_at: now.getTime() };
  await trx
    .insertInto("two_factor")
    .values({ account_id: accountId, ...row })
    .execute();
}

/** Whether it was not used before: of two who come with the same code, one is right. */
export async function useStep(
  trx: Kysely<AccountTables>,
  accountId: NamespaceId,
  step: number,
): Promise<boolean> {
  const result = await trx
    .updateTable("two_factor")
    .set({ last_step: step })
    .where("account_id", "=", accountId)
    .where("last_step", "<", step)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** From now on the account needs a code, and what was proved by less is worth nothing. */
export async function turnOn(
  trx: Kysely<AccountTables>,
  accountId: NamespaceId,
  now: Date,
): Promise<void> {
  await trx
    .updateTable("accounts")
    .set((row) => ({
      two_factor_at: now.getTime(),
      login_generation: row("login_generation", "+", 1),
    }))
    .where("id", "=", accountId)
    .execute();
}

export async function turnOff(trx: Kysely<AccountTables>, accountId: NamespaceId): Promise<void> {
  await trx
    .updateTable("accounts")
    .set({ two_factor_at: null })
    .where("id", "=", accountId)
    .execute();
  await removeSecondFactor(trx, accountId);
}

async function removeSecondFactor(
  trx: Kysely<AccountTables>,
  accountId: NamespaceId,
): Promise<void> {
  await trx.deleteFrom("recovery_codes").where("account_id", "=", accountId).execute();
  await trx.deleteFrom("two_factor").where("account_id", "=", accountId).execute();
}

export async function replaceRecoveryCodes(
  trx: Kysely<AccountTables>,
  accountId: NamespaceId,
  hashes: readonly string[],
): Promise<void> {
  await trx.deleteFrom("recovery_codes").where("account_id", "=", accountId).execute();
  const rows = hashes.map((hash) => ({ account_id: accountId, code_hash: hash }));
  await trx.insertInto("recovery_codes").values(rows).execute();
}

/** Whether it was there: it is gone now. */
export async function useRecoveryCode(
  trx: Kysely<AccountTables>,
  accountId: NamespaceId,
  hash: string,
): Promise<boolean> {
  const result = await trx
    .deleteFrom("recovery_codes")
    .where("account_id", "=", accountId)
    .where("code_hash", "=", hash)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function countRecoveryCodes(
  db: Kysely<AccountTables>,
  accountId: NamespaceId,
): Promise<number> {
  const rows = await db
    .selectFrom("recovery_codes")
    .select("code_hash")
    .where("account_id", "=", accountId)
    .execute();
  return rows.length;
}
