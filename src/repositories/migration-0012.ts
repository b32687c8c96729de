import { type Kysely, sql } from "kysely";

/** Names that repositories had before, and repositories that are on their way out. */
export async function addFormerNames(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("repositories").addColumn("named_at", "bigint").execute();
  await db.schema.alterTable("repositories").addColumn("removed_at", "bigint").execute();
  await db.schema
    .createIndex("repositories_removed")
    .on("repositories")
    .column("id")
    .where(sql.ref("removed_at"), "is not", null)
    .execute();
  await db.schema
    .createTable("former_names")
    // Within the namespace, so that renaming the namespace leaves these rows alone; 0 where nobody owns names.
    .addColumn("namespace_id", "integer", (column) => column.notNull())
    .addColumn("path", "text", (column) => column.notNull())
    // What the name leads to; null once that was deleted.
    .addColumn("repository_id", "integer")
    .addColumn("retired_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("former_names_key", ["namespace_id", "path"])
    .execute();
  await db.schema
    .createIndex("former_names_repository")
    .on("former_names")
    .column("repository_id")
    .execute();
}
