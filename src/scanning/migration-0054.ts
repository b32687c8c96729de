import type { Kysely } from "kysely";

/** Up to which scan and image it was told that a decision is over, and images whose bill of materials is to be attached. */
export async function addTellingAndBills(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("vex_decisions").addColumn("told_to", "text").execute();
  await db.schema
    .createIndex("vex_decisions_telling")
    .on("vex_decisions")
    .columns(["told_to"])
    .execute();
  await db.schema
    .createTable("bills_due")
    .addColumn("manifest_id", "integer", (column) => column.primaryKey())
    .execute();
}
