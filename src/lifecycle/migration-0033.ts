import type { Kysely } from "kysely";

/** What the registry remembers of the tags that it moves itself; it goes with the repository. */
export async function createFollowers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("tag_aliases")
    .addColumn("repository_id", "integer", (column) =>
      column.notNull().references("repositories.id").onDelete("cascade"),
    )
    .addColumn("alias", "text", (column) => column.notNull())
    .addColumn("release", "text", (column) => column.notNull())
    .addColumn("is_settled", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("tag_aliases_key", ["repository_id", "alias"])
    .execute();
  await db.schema
    .createTable("assembled_tags")
    .addColumn("repository_id", "integer", (column) =>
      column.notNull().references("repositories.id").onDelete("cascade"),
    )
    .addColumn("tag", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("assembled_tags_key", ["repository_id", "tag"])
    .execute();
}
