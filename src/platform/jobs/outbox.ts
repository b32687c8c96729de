import type { Generated, Insertable, Kysely } from "kysely";
import { prepareQuery } from "../db/index.ts";

/**
 * Events, written in the transaction of their cause: a scan, a webhook or a log entry that follows from a push is
 * never lost and never sent for a push that did not happen.
 */
export interface OutboxTables {
  outbox: {
    id: Generated<number>;
    topic: string;
    /** Events with the same key are delivered in order; the repository's name for registry events. */
    ordering_key: string;
    payload: string;
    created_at: number;
  };
}

export interface OutboxEvent {
  readonly topic: string;
  readonly orderingKey: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

const insertEvent = prepareQuery(
  (trx: Kysely<OutboxTables>, event: Insertable<OutboxTables["outbox"]>) =>
    trx.insertInto("outbox").values({
      topic: event.topic,
      ordering_key: event.ordering_key,
      payload: event.payload,
      created_at: event.created_at,
    }),
);

export async function recordEvent(trx: Kysely<OutboxTables>, event: OutboxEvent): Promise<void> {
  await insertEvent(trx, {
    topic: event.topic,
    ordering_key: event.orderingKey,
    payload: JSON.stringify(event.payload),
    created_at: event.at.getTime(),
  });
}

/** Removes events older than `before`, oldest first and at most `limit`; says how many went. */
export async function trimEvents(
  trx: Kysely<OutboxTables>,
  options: { before: Date; limit: number },
): Promise<number> {
  const old = trx
    .selectFrom("outbox")
    .select("id")
    .where("created_at", "<", options.before.getTime())
    .orderBy("created_at")
    .limit(options.limit);
  const result = await trx.deleteFrom("outbox").where("id", "in", old).executeTakeFirst();
  return Number(result.numDeletedRows);
}

export async function createOutbox(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("outbox")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("topic", "text", (column) => column.notNull())
    .addColumn("ordering_key", "text", (column) => column.notNull())
    .addColumn("payload", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("outbox_created_at")
    .on("outbox")
    .columns(["created_at", "id"])
    .execute();
}
