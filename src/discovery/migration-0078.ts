import type { Kysely } from "kysely";

/** By what repositories are found beside their names. */
export async function createFacets(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("repository_facets")
    .addColumn("repository_id", "integer", (column) =>
      column.primaryKey().references("repositories.id").onDelete("cascade"),
    )
    .addColumn("categories", "text", (column) => column.notNull())
    .addColumn("architectures", "text", (column) => column.notNull())
    .addColumn("labels", "text", (column) => column.notNull())
    .addColumn("words", "text", (column) => column.notNull())
    .addColumn("read_to", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("repositories_last_push")
    .on("repositories")
    .column("last_pushed_at")
    .execute();
  // What happened in a repository, the latest first, whatever the tag.
  await db.schema
    .createIndex("tag_events_repository")
    .on("tag_events")
    .columns(["repository_id", "id"])
    .execute();
}
