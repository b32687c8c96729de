import type { Kysely } from "kysely";

/** Templates of the owner's own, and an address for each delivery that its receiver may answer to. */
export async function addTemplatesAndCallbacks(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("webhooks").addColumn("template", "text").execute();
  await db.schema.alterTable("webhook_deliveries").addColumn("callback_id", "text").execute();
  await db.schema.alterTable("webhook_deliveries").addColumn("callback", "text").execute();
  await db.schema
    .alterTable("webhook_deliveries")
    .addColumn("callbacks", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createIndex("webhook_deliveries_callback")
    .on("webhook_deliveries")
    .column("callback_id")
    .execute();
}
