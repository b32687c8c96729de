import { type Kysely, sql } from "kysely";

export async function createRegistryTables(db: Kysely<unknown>): Promise<void> {
  await createContent(db);
  await createTags(db);
  await createWork(db);
}

async function createContent(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("blobs")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("digest", "text", (column) => column.notNull().unique())
    .addColumn("size", "bigint", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("state_since", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("blobs_not_live")
    .on("blobs")
    .columns(["state", "id"])
    .where("state", "!=", "live")
    .execute();
  await db.schema
    .createTable("repository_blobs")
    .addColumn("repository_id", "integer", (column) =>
      column.notNull().references("repositories.id"),
    )
    .addColumn("blob_id", "integer", (column) => column.notNull().references("blobs.id"))
    .addPrimaryKeyConstraint("repository_blobs_key", ["repository_id", "blob_id"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createIndex("repository_blobs_blob")
    .on("repository_blobs")
    .column("blob_id")
    .execute();
  await createManifests(db);
}

async function createManifests(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("manifests")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("repository_id", "integer", (column) =>
      column.notNull().references("repositories.id"),
    )
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("media_type", "text", (column) => column.notNull())
    .addColumn("artifact_type", "text")
    .addColumn("subject", "text")
    .addColumn("annotations", "text")
    .addColumn("size", "bigint", (column) => column.notNull())
    .addColumn("payload", "blob", (column) => column.notNull())
    .addColumn("pushed_at", "bigint", (column) => column.notNull())
    .addUniqueConstraint("manifests_digest_in_repository", ["repository_id", "digest"])
    .execute();
  await db.schema.createIndex("manifests_digest").on("manifests").column("digest").execute();
  await db.schema
    .createIndex("manifests_subject")
    .on("manifests")
    .columns(["repository_id", "subject", "digest"])
    .where("subject", "is not", null)
    .execute();
  await db.schema
    .createTable("manifest_references")
    .addColumn("manifest_id", "integer", (column) =>
      column.notNull().references("manifests.id").onDelete("cascade"),
    )
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("manifest_references_key", ["manifest_id", "kind", "digest"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createIndex("manifest_references_digest")
    .on("manifest_references")
    .columns(["repository_id", "digest", "kind"])
    .execute();
}

async function createTags(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("tags")
    .addColumn("repository_id", "integer", (column) =>
      column.notNull().references("repositories.id"),
    )
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("manifest_id", "integer", (column) => column.notNull().references("manifests.id"))
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("tags_key", ["repository_id", "name"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema.createIndex("tags_manifest").on("tags").column("manifest_id").execute();
  await db.schema
    .createTable("tag_events")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("tag", "text", (column) => column.notNull())
    .addColumn("from_digest", "text")
    .addColumn("to_digest", "text")
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("tag_events_tag")
    .on("tag_events")
    .columns(["repository_id", "tag", "id"])
    .execute();
}

async function createWork(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("uploads")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("repository", "text", (column) => column.notNull())
    .addColumn("principal", "text", (column) => column.notNull())
    .addColumn("counted_for", "text", (column) => column.notNull())
    .addColumn("started_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("uploads_expiry").on("uploads").column("expires_at").execute();
  await db.schema.createIndex("uploads_counted_for").on("uploads").column("counted_for").execute();
  await db.schema
    .createTable("collection_queue")
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("due_at", "bigint", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("collection_queue_key", ["kind", "repository_id", "digest"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema
    .createIndex("collection_queue_due")
    .on("collection_queue")
    .columns(["due_at", "kind", "repository_id", "digest"])
    .execute();
  await db.schema
    .createTable("adoptions")
    .addColumn("repository", "text", (column) => column.primaryKey())
    .addColumn("adopted_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("walks")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("position", "text", (column) => column.notNull())
    .addColumn("started_at", "bigint", (column) => column.notNull())
    .addColumn("updated_at", "bigint", (column) => column.notNull())
    .execute();
}
