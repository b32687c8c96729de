import type { Kysely } from "kysely";

/** Candidates that were let go: untagged manifests among them are removed whatever `collection.untagged` says. */
export async function addReleases(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("collection_queue")
    .addColumn("is_released", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
}
