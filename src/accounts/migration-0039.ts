import type { Kysely } from "kysely";

/** By which identity somebody came in, so that what it opened ends with it. */
export async function addIdentitiesOfLogins(db: Kysely<unknown>): Promise<void> {
  for (const table of ["browser_sessions", "personal_tokens"]) {
    await db.schema.alterTable(table).addColumn("identity_id", "text").execute();
    await db.schema.createIndex(`${table}_identity`).on(table).column("identity_id").execute();
  }
}
