import { type Kysely, sql } from "kysely";

/** How people come in without an administrator making their account, and get in again. */
export async function createSignUpTables(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("accounts").addColumn("email_confirmed_at", "bigint").execute();
  // Until now only administrators wrote addresses down, and they vouch for them.
  await sql`update accounts set email_confirmed_at = created_at where email is not null`.execute(
    db,
  );
  await db.schema
    .createIndex("accounts_email")
    .on("accounts")
    .expression(sql`lower(email)`)
    .execute();
  await db.schema
    .createTable("one_time_links")
    .addColumn("secret_hash", "text", (column) => column.primaryKey())
    .addColumn("purpose", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("payload", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("one_time_links_subject")
    .on("one_time_links")
    .columns(["purpose", "subject"])
    .execute();
  await db.schema
    .createIndex("one_time_links_expiry")
    .on("one_time_links")
    .column("expires_at")
    .execute();
  await db.schema
    .createTable("invitations")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("email", "text", (column) => column.notNull())
    .addColumn("role", "text")
    .addColumn("invited_by", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("mail_id", "text")
    .execute();
  await db.schema.createIndex("invitations_email").on("invitations").column("email").execute();
  await db.schema
    .createTable("password_reset_requests")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("claim", "text", (column) => column.notNull())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("client", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
}
