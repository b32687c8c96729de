import type { Kysely } from "kysely";

/** What layers of builds take of the disk, and which are to go. */
export async function createBuildCaches(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("build_caches")
    .addColumn("repository_id", "integer", (column) => column.primaryKey())
    .addColumn("bytes", "bigint", (column) => column.notNull())
    .addColumn("used_at", "bigint", (column) => column.notNull())
    .addColumn("is_doomed", "integer", (column) => column.notNull())
    .execute();
}
