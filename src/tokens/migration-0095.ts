import type { Kysely } from "kysely";

/** Which CI jobs log in without a stored secret, beside those that the settings let in. */
export async function createCiRules(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("ci_rules")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("organization_id", "integer", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("issuer", "text", (column) => column.notNull())
    .addColumn("claims", "text", (column) => column.notNull())
    .addColumn("account_id", "integer", (column) => column.notNull())
    .addColumn("repositories", "text", (column) => column.notNull())
    .addColumn("actions", "text", (column) => column.notNull())
    .addColumn("lifetime_ms", "bigint", (column) => column.notNull())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("ci_rules_name")
    .on("ci_rules")
    .columns(["organization_id", "name"])
    .unique()
    .execute();
  await db.schema
    .createIndex("ci_rules_issuer")
    .on("ci_rules")
    .columns(["issuer", "organization_id", "created_at"])
    .execute();
}
