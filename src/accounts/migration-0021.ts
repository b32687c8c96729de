import { type Kysely, sql } from "kysely";

/** There are few administrators among many people, and every change of an account asks whether one is left. */
export async function indexHubRoles(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex("accounts_role")
    .on("accounts")
    .column("role")
    .where(sql.ref("role"), "is not", null)
    .execute();
}
