import type { Kysely } from "kysely";

/** Images of other registries that images are built on: what each is now, and when it is looked at again. */
export async function createOutsideBases(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("build_outside_bases")
    .addColumn("reference", "text", (column) => column.primaryKey())
    .addColumn("digest", "text")
    .addColumn("next_look_at", "bigint", (column) => column.notNull())
    .addColumn("looked_at", "bigint")
    .addColumn("failures", "integer", (column) => column.notNull())
    .addColumn("why", "text")
    .execute();
}
