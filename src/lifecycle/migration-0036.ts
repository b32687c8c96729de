import { type Kysely, sql } from "kysely";

/** What scopes stored over time. A row says what holds until the next one, so that what does not change takes no rows. */
export async function createUsageSamples(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("usage_samples")
    .addColumn("scope_kind", "text", (column) => column.notNull())
    .addColumn("scope_id", "integer", (column) => column.notNull())
    .addColumn("step", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("bytes", "bigint", (column) => column.notNull())
    .addColumn("tags", "bigint", (column) => column.notNull())
    .addColumn("repositories", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("usage_samples_key", ["scope_kind", "scope_id", "step", "at"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createIndex("usage_samples_age")
    .on("usage_samples")
    .columns(["step", "at"])
    .execute();
  await sql`
    create trigger forget_usage after delete on repositories begin
      delete from usage_samples where scope_kind = 'repository' and scope_id = old.id;
    end`.execute(db);
}
