import type { Kysely } from "kysely";
import type { WebhookTables } from "./tables.ts";

type Db = Kysely<WebhookTables>;

export async function findPosition(db: Db): Promise<number | undefined> {
  const row = await db.selectFrom("webhook_position").select("outbox_id").executeTakeFirst();
  return row?.outbox_id;
}

/** A hub that has told nobody of anything so far begins with what happens from now on. */
export async function startPosition(trx: Db): Promise<void> {
  if ((await findPosition(trx)) !== undefined) return;
  const newest = await trx
    .selectFrom("outbox")
    .select((row) => row.fn.max("id").as("id"))
    .executeTakeFirst();
  await setPosition(trx, Number(newest?.id ?? 0));
}

export async function setPosition(trx: Db, outboxId: number): Promise<void> {
  await trx
    .insertInto("webhook_position")
    .values({ id: 1, outbox_id: outboxId })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ outbox_id: outboxId }))
    .execute();
}

export async function listOutbox(db: Db, after: number, limit: number) {
  return await db
    .selectFrom("outbox")
    .selectAll()
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit)
    .execute();
}
