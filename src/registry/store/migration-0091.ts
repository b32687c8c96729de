import type { Kysely } from "kysely";

/** What collection freed on each day. */
export async function createFreedDays(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("freed_days")
    .addColumn("day", "bigint", (column) => column.primaryKey())
    .addColumn("blobs", "bigint", (column) => column.notNull())
    .addColumn("bytes", "bigint", (column) => column.notNull())
    .execute();
}
