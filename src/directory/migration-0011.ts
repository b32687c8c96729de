import type { Kysely } from "kysely";

export async function createIdentities(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("identities")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("account_id", "integer", (column) => column.notNull().references("accounts.id"))
    .addColumn("issuer", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("synced_role", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("seen_at", "bigint", (column) => column.notNull())
    .addColumn("suspended_at", "bigint")
    .addUniqueConstraint("identities_subject", ["issuer", "subject"])
    .execute();
  await db.schema
    .createIndex("identities_account")
    .on("identities")
    .columns(["account_id", "id"])
    .execute();
  // Looking after the people of a directory goes from one to the next.
  await db.schema
    .createIndex("identities_issuer")
    .on("identities")
    .columns(["issuer", "id"])
    .execute();
}
