import type { Kysely } from "kysely";

/** Removals outlive what they tell of: a repository that is gone has none to put right. */
export async function createRetentionTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("retention_policies")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("scope_kind", "text", (column) => column.notNull())
    .addColumn("scope_id", "integer", (column) => column.notNull())
    .addColumn("pattern", "text", (column) => column.notNull())
    .addColumn("policy", "text", (column) => column.notNull())
    .addColumn("in_use_ms", "bigint")
    .addColumn("paused_at", "bigint")
    .addColumn("ran_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addColumn("updated_by", "text", (column) => column.notNull())
    .addUniqueConstraint("retention_policies_scope", ["scope_kind", "scope_id", "pattern"])
    .execute();
  await db.schema
    .createTable("retention_simulations")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("fingerprint", "text", (column) => column.notNull())
    .addColumn("removals", "bigint", (column) => column.notNull())
    .addColumn("freed_bytes", "bigint", (column) => column.notNull())
    .addColumn("finished_at", "bigint", (column) => column.notNull())
    .execute();
  await createRuns(db);
  await createRemovals(db);
}

async function createRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("retention_runs")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("scope_kind", "text", (column) => column.notNull())
    .addColumn("scope_id", "integer", (column) => column.notNull())
    .addColumn("pattern", "text", (column) => column.notNull())
    .addColumn("scope_name", "text", (column) => column.notNull())
    .addColumn("policy", "text")
    .addColumn("in_use_ms", "bigint")
    .addColumn("only_policy", "integer")
    .addColumn("cause", "text", (column) => column.notNull())
    .addColumn("started_by", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("is_ending", "integer", (column) => column.notNull())
    .addColumn("as_of", "bigint", (column) => column.notNull())
    .addColumn("finished_at", "bigint")
    .addColumn("position", "text", (column) => column.notNull())
    .addColumn("repositories", "bigint", (column) => column.notNull())
    .addColumn("examined", "bigint", (column) => column.notNull())
    .addColumn("removed", "bigint", (column) => column.notNull())
    .addColumn("spared", "bigint", (column) => column.notNull())
    .addColumn("freed_bytes", "bigint", (column) => column.notNull())
    .addColumn("failure", "text")
    .addColumn("restored", "bigint", (column) => column.notNull())
    .addColumn("lost", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("retention_runs_scope")
    .on("retention_runs")
    .columns(["scope_kind", "scope_id", "id"])
    .execute();
  await db.schema
    .createIndex("retention_runs_state")
    .on("retention_runs")
    .columns(["state", "id"])
    .execute();
}

async function createRemovals(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("retention_removals")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("run_id", "integer", (column) => column.notNull())
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("tag", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("policy_id", "integer")
    .addColumn("line", "integer")
    .addColumn("why", "text", (column) => column.notNull())
    .addColumn("bytes", "bigint", (column) => column.notNull())
    .addColumn("tag_updated_at", "bigint", (column) => column.notNull())
    .addColumn("pulled_at", "bigint")
    .addColumn("pulled_by", "text")
    .addColumn("client", "text")
    .addColumn("removed_at", "bigint", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("retention_removals_run")
    .on("retention_removals")
    .columns(["run_id", "state", "id"])
    .execute();
}
