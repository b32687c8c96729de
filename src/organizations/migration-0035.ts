import type { Kysely } from "kysely";

/** Scanners and replication read images without anybody using them. */
export async function addPullCounting(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("machines")
    .addColumn("counts_as_pull", "integer", (column) => column.notNull().defaultTo(1))
    .execute();
}
