import type { Kysely } from "kysely";

/** Machines elsewhere that build for the hub. */
export async function createBuildAgents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("build_agents")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("token_hash", "text", (column) => column.notNull().unique())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("last_seen_at", "bigint")
    .execute();
}
