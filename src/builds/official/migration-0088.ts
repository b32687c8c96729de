import type { Kysely } from "kysely";

/** How long more of a base is waited for before what the hub submitted because of it is built. */
export async function addRebuildDelays(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("official_submissions").addColumn("not_before", "bigint").execute();
}
