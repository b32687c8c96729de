import type { Kysely } from "kysely";

/** All files of each layer, and what the layers of an image hide of each other. */
export async function addLayerListings(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("layer_reports").addColumn("listing", "blob").execute();
  await db.schema
    .createTable("layer_wastes")
    .addColumn("chain_id", "text", (column) => column.primaryKey())
    .addColumn("analyser_version", "integer", (column) => column.notNull())
    .addColumn("waste", "blob")
    .addColumn("reason", "text")
    .addColumn("made_at", "bigint", (column) => column.notNull())
    .execute();
}
