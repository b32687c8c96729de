import { type Kysely, sql } from "kysely";

/** What identity providers look people up by, and what ends by itself. */
export async function indexAddressesAndSessions(db: Kysely<unknown>): Promise<void> {
  await sql`create index accounts_address on accounts (lower(coalesce(email, '')))`.execute(db);
  await sql`create index accounts_login on accounts (lower(coalesce(email, cast(name as text))))`.execute(
    db,
  );
  await db.schema
    .createIndex("browser_sessions_expiry")
    .on("browser_sessions")
    .column("expires_at")
    .execute();
}
