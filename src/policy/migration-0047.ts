import type { Kysely } from "kysely";

/** What may be pulled, and what is let through nevertheless. */
export async function createPullPolicies(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("pull_policies")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("scope_kind", "text", (column) => column.notNull())
    .addColumn("scope_id", "integer", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("mode", "text", (column) => column.notNull())
    .addColumn("pattern", "text", (column) => column.notNull())
    .addColumn("tags", "text", (column) => column.notNull())
    .addColumn("rules", "text", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addColumn("updated_by", "text", (column) => column.notNull())
    .addUniqueConstraint("pull_policies_key", ["scope_kind", "scope_id", "name"])
    .execute();
  await db.schema
    .createTable("pull_exceptions")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("policy_id", "integer", (column) => column.notNull())
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("author", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("pull_exceptions_repository")
    .on("pull_exceptions")
    .columns(["repository_id", "policy_id"])
    .execute();
  await db.schema
    .createIndex("pull_exceptions_policy")
    .on("pull_exceptions")
    .columns(["policy_id", "id"])
    .execute();
}
