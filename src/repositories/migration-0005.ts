import { type Kysely, sql } from "kysely";

/** Whose a repository is and who may see it. What was there before belongs to nobody yet, and is private. */
export async function addRepositoryOwners(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("repositories")
    .addColumn("namespace_id", "integer", (column) => column.references("namespaces.id"))
    .execute();
  await db.schema
    .alterTable("repositories")
    .addColumn("visibility", "text", (column) => column.notNull().defaultTo("private"))
    .execute();
  await db.schema
    .alterTable("repositories")
    .addColumn("description", "text", (column) => column.notNull().defaultTo(""))
    .execute();
  await db.schema
    .alterTable("repositories")
    .addColumn("full_description", "text", (column) => column.notNull().defaultTo(""))
    .execute();
  await db.schema
    .createIndex("repositories_namespace")
    .on("repositories")
    .columns(["namespace_id", "name"])
    .execute();
  await db.schema
    .createIndex("repositories_public")
    .on("repositories")
    .column("name")
    .where(sql.ref("visibility"), "=", sql.lit("public"))
    .execute();
}
