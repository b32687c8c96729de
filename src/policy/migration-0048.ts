import { type Kysely, sql } from "kysely";

/** What policies refused, warned of or reported. */
export async function createPullReports(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("pull_reports")
    .addColumn("policy_id", "integer", (column) => column.notNull())
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("mode", "text", (column) => column.notNull())
    .addColumn("why", "text", (column) => column.notNull())
    .addColumn("pulls", "bigint", (column) => column.notNull())
    .addColumn("last_by", "text", (column) => column.notNull())
    .addColumn("last_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("pull_reports_key", ["policy_id", "repository_id", "digest", "mode"])
    .modifyEnd(sql`without rowid`)
    .execute();
}
