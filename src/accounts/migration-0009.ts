import type { Kysely } from "kysely";

export async function createSessionTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("browser_sessions")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("secret_hash", "text", (column) => column.notNull().unique())
    .addColumn("account_id", "integer", (column) => column.notNull().references("accounts.id"))
    .addColumn("proved_by", "text", (column) => column.notNull())
    .addColumn("proved_at", "bigint", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("last_used_at", "bigint", (column) => column.notNull())
    .addColumn("last_used_address", "text", (column) => column.notNull())
    .addColumn("last_used_client", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("browser_sessions_account")
    .on("browser_sessions")
    .columns(["account_id", "last_used_at", "id"])
    .execute();
  await createTwoFactor(db);
}

async function createTwoFactor(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("accounts").addColumn("two_factor_at", "bigint").execute();
  await db.schema
    .alterTable("accounts")
    .addColumn("login_generation", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable("two_factor")
    .addColumn("account_id", "integer", (column) => column.primaryKey().references("accounts.id"))
    .addColumn("sealed_secret", "text", (column) => column.notNull())
    .addColumn("last_step", "bigint", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("recovery_codes")
    .addColumn("account_id", "integer", (column) => column.notNull().references("accounts.id"))
    .addColumn("code_hash", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("recovery_codes_key", ["account_id", "code_hash"])
    .execute();
}
