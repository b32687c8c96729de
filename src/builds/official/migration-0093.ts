import type { Kysely } from "kysely";

/** What is known to be wrong with a published image, and mended by newer packages. */
export async function addAttention(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("official_images")
    .addColumn("attention", "text", (column) => column.notNull().defaultTo("[]"))
    .execute();
}
