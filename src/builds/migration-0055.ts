import type { Kysely } from "kysely";

/** What is built of which refs, and the queue of it. */
export async function createBuildTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("build_rules")
    .addColumn("repository_id", "integer", (column) => column.primaryKey())
    .addColumn("rules", "text", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("builds")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("ref", "text", (column) => column.notNull())
    .addColumn("rule", "integer", (column) => column.notNull())
    .addColumn("commit_hash", "text", (column) => column.notNull())
    .addColumn("context", "text", (column) => column.notNull())
    .addColumn("dockerfile", "text", (column) => column.notNull())
    .addColumn("caching", "integer", (column) => column.notNull())
    .addColumn("tags", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addColumn("why", "text")
    .addColumn("exit_code", "integer")
    .addColumn("digest", "text")
    .addColumn("principal", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("started_at", "bigint")
    .addColumn("ended_at", "bigint")
    .execute();
  await db.schema
    .createIndex("builds_repository")
    .on("builds")
    .columns(["repository_id", "id"])
    .execute();
  await db.schema.createIndex("builds_state").on("builds").columns(["state", "id"]).execute();
}
