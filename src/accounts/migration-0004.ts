import type { Kysely } from "kysely";

export async function createAccountTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("accounts")
    .addColumn("id", "integer", (column) => column.primaryKey().references("namespaces.id"))
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("email", "text")
    .addColumn("password", "text")
    .addColumn("role", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("disabled_at", "bigint")
    .execute();
  await db.schema.createIndex("accounts_name").on("accounts").column("name").unique().execute();
  await db.schema
    .createTable("personal_tokens")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("account_id", "integer", (column) => column.notNull().references("accounts.id"))
    .addColumn("label", "text", (column) => column.notNull())
    .addColumn("secret_hash", "text", (column) => column.notNull().unique())
    .addColumn("scopes", "text", (column) => column.notNull())
    .addColumn("repositories", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("creator_address", "text", (column) => column.notNull())
    .addColumn("creator_client", "text", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("disabled_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .addColumn("last_used_address", "text")
    .addColumn("last_used_client", "text")
    .execute();
  await db.schema
    .createIndex("personal_tokens_account")
    .on("personal_tokens")
    .columns(["account_id", "created_at", "id"])
    .execute();
}
