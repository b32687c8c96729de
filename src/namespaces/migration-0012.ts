import type { Kysely } from "kysely";

/** Names that namespaces had before: they lead to the namespace, and nobody else can have them. */
export async function createFormerNamespaces(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("former_namespaces")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("skeleton", "text", (column) => column.notNull())
    .addColumn("namespace_id", "integer", (column) => column.notNull().references("namespaces.id"))
    .addColumn("renamed_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("former_namespaces_skeleton")
    .on("former_namespaces")
    .column("skeleton")
    .execute();
  await db.schema
    .createIndex("former_namespaces_namespace")
    .on("former_namespaces")
    .column("namespace_id")
    .execute();
}
