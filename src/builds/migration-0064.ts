import type { Kysely } from "kysely";

/** What builds are given beside their source, what starts them from outside, and when rules start them by themselves. */
export async function addBuildInputs(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("builds").addColumn("options", "text").execute();
  await db.schema
    .createTable("build_secrets")
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("value", "text", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("build_secrets_key", ["repository_id", "name"])
    .execute();
  await db.schema
    .createTable("build_triggers")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("label", "text", (column) => column.notNull())
    .addColumn("secret_hash", "text", (column) => column.notNull())
    .addColumn("account_id", "integer", (column) => column.notNull())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("used_at", "bigint")
    .execute();
  await db.schema
    .createIndex("build_triggers_repository")
    .on("build_triggers")
    .column("repository_id")
    .execute();
  await db.schema
    .createTable("build_schedules")
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("rule", "integer", (column) => column.notNull())
    .addColumn("account_id", "integer", (column) => column.notNull())
    .addColumn("next_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("build_schedules_key", ["repository_id", "rule"])
    .execute();
  await db.schema
    .createIndex("build_schedules_next")
    .on("build_schedules")
    .column("next_at")
    .execute();
}
