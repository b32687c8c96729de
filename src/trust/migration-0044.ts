import type { Kysely } from "kysely";

export async function createTrustTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("trust_collections")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("repository_id", "bigint", (column) =>
      column.notNull().references("repositories.id").onDelete("cascade"),
    )
    .addColumn("gun", "text", (column) => column.notNull())
    .addColumn("revision", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addUniqueConstraint("trust_collections_key", ["repository_id", "gun"])
    .execute();
  await db.schema
    .createTable("trust_files")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("collection_id", "integer", (column) =>
      column.notNull().references("trust_collections.id").onDelete("cascade"),
    )
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("version", "bigint", (column) => column.notNull())
    .addColumn("sha256", "text", (column) => column.notNull())
    .addColumn("content", "blob", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addUniqueConstraint("trust_files_key", ["collection_id", "role", "version"])
    .execute();
  await db.schema
    .createIndex("trust_files_by_hash")
    .on("trust_files")
    .columns(["collection_id", "role", "sha256"])
    .execute();
  await createKeysAndChanges(db);
}

async function createKeysAndChanges(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("trust_keys")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("collection_id", "integer", (column) =>
      column.notNull().references("trust_collections.id").onDelete("cascade"),
    )
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("key_id", "text", (column) => column.notNull())
    .addColumn("sealed_key", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addUniqueConstraint("trust_keys_key", ["collection_id", "key_id"])
    .execute();
  await db.schema
    .createTable("trust_changes")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("repository_id", "bigint", (column) =>
      column.notNull().references("repositories.id").onDelete("cascade"),
    )
    .addColumn("gun", "text", (column) => column.notNull())
    .addColumn("version", "bigint", (column) => column.notNull())
    .addColumn("sha256", "text", (column) => column.notNull())
    .addColumn("category", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("trust_changes_by_name")
    .on("trust_changes")
    .columns(["repository_id", "gun", "id"])
    .execute();
}
