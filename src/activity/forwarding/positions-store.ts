import type { Kysely } from "kysely";
import type { ActivityTables } from "../entries-store.ts";

type Db = Kysely<ActivityTables>;

/** The last entry that a collector has; 0 when it has none. */
export async function findForwarded(db: Db, target: string): Promise<number> {
  const row = await db
    .selectFrom("activity_forwarded")
    .select("seq")
    .where("target", "=", target)
    .executeTakeFirst();
  return row?.seq ?? 0;
}

export async function setForwarded(trx: Db, target: string, seq: number): Promise<void> {
  await trx
    .insertInto("activity_forwarded")
    .values({ target, seq })
    .onConflict((conflict) => conflict.column("target").doUpdateSet({ seq }))
    .execute();
}
