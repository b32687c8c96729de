import type { Kysely } from "kysely";

/** How much of the audit trail each collector has. */
export async function createForwardedPositions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("activity_forwarded")
    .addColumn("target", "text", (column) => column.primaryKey())
    .addColumn("seq", "bigint", (column) => column.notNull())
    .execute();
}
