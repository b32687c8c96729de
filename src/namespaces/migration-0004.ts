import type { Kysely } from "kysely";

export async function createNamespaces(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("namespaces")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("name", "text", (column) => column.notNull().unique())
    .addColumn("skeleton", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("default_visibility", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("released_at", "bigint")
    .execute();
  await db.schema
    .createIndex("namespaces_skeleton")
    .on("namespaces")
    .columns(["skeleton", "id"])
    .execute();
}
