import type { Kysely } from "kysely";

/** Whether somebody wants mails about the official images that they maintain. */
export async function addOfficialMails(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("accounts")
    .addColumn("official_mails", "integer", (column) => column.notNull().defaultTo(1))
    .execute();
}
