import type { Kysely } from "kysely";

/** What is still to be said of images that were published: who built them, and when. */
export async function addOwedProvenance(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("builds").addColumn("owed_provenance", "text").execute();
}
