import type { Kysely } from "kysely";

/** Why a tag moved and with which token, and manifests that were deleted and can still be brought back. */
export async function createTombstones(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("tag_events")
    .addColumn("cause", "text", (column) => column.notNull().defaultTo("push"))
    .execute();
  await db.schema.alterTable("tag_events").addColumn("token", "text").execute();
  await addTimes(db);
  await db.schema
    .createTable("deleted_manifests")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("media_type", "text", (column) => column.notNull())
    .addColumn("subject", "text")
    .addColumn("payload", "blob", (column) => column.notNull())
    .addColumn("tags", "text", (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("cause", "text", (column) => column.notNull())
    .addColumn("deleted_at", "bigint", (column) => column.notNull())
    .addColumn("until", "bigint", (column) => column.notNull())
    .addUniqueConstraint("deleted_manifests_digest", ["repository_id", "digest"])
    .execute();
  await db.schema
    .createIndex("deleted_manifests_until")
    .on("deleted_manifests")
    .column("until")
    .execute();
  await db.schema
    .createIndex("deleted_manifests_subject")
    .on("deleted_manifests")
    .columns(["repository_id", "subject"])
    .where("subject", "is not", null)
    .execute();
}

/** What a tag was at a time is found in the index alone, also for a tag that moved a hundred thousand times since. */
async function addTimes(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropIndex("tag_events_tag").execute();
  await db.schema
    .createIndex("tag_events_tag")
    .on("tag_events")
    .columns(["repository_id", "tag", "id", "at"])
    .execute();
}
