import type { Kysely } from "kysely";

/** Builds because of a base for which there was no room in the queue: of what was built last, and their place in the order. */
export async function createDeferredBuilds(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("build_deferred")
    .addColumn("build_id", "integer", (column) => column.primaryKey())
    .addColumn("chain", "text", (column) => column.notNull())
    .addColumn("depth", "integer", (column) => column.notNull())
    .execute();
}
