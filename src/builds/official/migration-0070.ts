import type { Kysely } from "kysely";

/** Who reviews, what is published, whose word is verified, and where what is looked at is hidden. */
export async function createOfficialPlaces(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("official_reviewers")
    .addColumn("account_id", "integer", (column) => column.primaryKey())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("official_images")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("submission_id", "integer", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("tags", "text", (column) => column.notNull())
    .addColumn("unmaintained", "text", (column) => column.notNull())
    .addColumn("flags", "text", (column) => column.notNull())
    .addColumn("published_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("official_publishers")
    .addColumn("namespace_id", "integer", (column) => column.primaryKey())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("official_stages")
    .addColumn("namespace_id", "integer", (column) => column.primaryKey())
    .execute();
}
