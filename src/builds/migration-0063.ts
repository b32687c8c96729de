import type { Kysely } from "kysely";

/** Git servers that builds come from, what of their webhooks was seen, and up to where what was pushed is settled. */
export async function createBuildSources(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("build_sources")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("repository_id", "integer", (column) => column.notNull().unique())
    .addColumn("url", "text", (column) => column.notNull())
    .addColumn("provider", "text", (column) => column.notNull())
    .addColumn("context", "text")
    .addColumn("username", "text")
    .addColumn("token", "text")
    .addColumn("private_key", "text")
    .addColumn("public_key", "text")
    .addColumn("host_keys", "text")
    .addColumn("hook_secret", "text", (column) => column.notNull())
    .addColumn("poll_ms", "bigint", (column) => column.notNull())
    .addColumn("account_id", "integer", (column) => column.notNull())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("wanted_at", "bigint")
    .addColumn("wanted_refs", "text", (column) => column.notNull())
    .addColumn("next_look_at", "bigint")
    .addColumn("failures", "integer", (column) => column.notNull())
    .addColumn("why", "text")
    .addColumn("fetched_at", "bigint")
    .execute();
  await db.schema
    .createIndex("build_sources_due")
    .on("build_sources")
    .column("next_look_at")
    .execute();
  await db.schema
    .createTable("build_deliveries")
    .addColumn("source_id", "text", (column) => column.notNull())
    .addColumn("delivery", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("build_deliveries_key", ["source_id", "delivery"])
    .execute();
  await db.schema.createIndex("build_deliveries_at").on("build_deliveries").column("at").execute();
  await db.schema
    .createTable("build_git_refs")
    .addColumn("repository_id", "integer", (column) => column.primaryKey())
    .addColumn("refs", "text", (column) => column.notNull())
    .addColumn("principal", "text")
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .execute();
}
