import type { Kysely } from "kysely";

/** Whose turn it is, which layers are still needed, and what images were built on. */
export async function addTurnsAndLayers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("scans")
    .addColumn("turn", "bigint", (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable("scans").addColumn("chain_id", "text").execute();
  await db.schema.createIndex("scans_turn").on("scans").columns(["state", "turn", "id"]).execute();
  await db.schema.createIndex("scans_chain").on("scans").columns(["chain_id"]).execute();
  await db.schema
    .createTable("scanned_layers")
    .addColumn("scan_id", "integer", (column) =>
      column.notNull().references("scans.id").onDelete("cascade"),
    )
    .addColumn("diff_id", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("scanned_layers_key", ["diff_id", "scan_id"])
    .execute();
  await db.schema
    .createIndex("scanned_layers_scan")
    .on("scanned_layers")
    .columns(["scan_id"])
    .execute();
}
