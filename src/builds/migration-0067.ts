import type { Kysely } from "kysely";

/** The key with which the hub signs what it says of images that it has built. */
export async function createBuildKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("build_keys")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("sealed_key", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
}
