import type { Kysely } from "kysely";
import { createSigningKeys } from "../platform/keys/index.ts";

export async function createTokenTables(db: Kysely<unknown>): Promise<void> {
  await createSigningKeys(db);
  await db.schema
    .createTable("refresh_tokens")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("secret_hash", "text", (column) => column.notNull().unique())
    .addColumn("account_id", "integer", (column) => column.notNull())
    .addColumn("credential_kind", "text", (column) => column.notNull())
    .addColumn("credential_id", "text", (column) => column.notNull())
    .addColumn("client", "text", (column) => column.notNull())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("last_used_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("refresh_tokens_account")
    .on("refresh_tokens")
    .columns(["account_id", "last_used_at", "id"])
    .execute();
  await db.schema
    .createIndex("refresh_tokens_expiry")
    .on("refresh_tokens")
    .column("expires_at")
    .execute();
}
