import type { Kysely } from "kysely";

/** What people tell of themselves. */
export async function createProfiles(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("profiles")
    .addColumn("account_id", "integer", (column) => column.primaryKey().references("accounts.id"))
    .addColumn("given_name", "text", (column) => column.notNull())
    .addColumn("family_name", "text", (column) => column.notNull())
    .addColumn("company", "text", (column) => column.notNull())
    .addColumn("location", "text", (column) => column.notNull())
    .addColumn("changed_at", "bigint", (column) => column.notNull())
    .execute();
}
