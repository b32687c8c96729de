import type { Kysely } from "kysely";

/** The newest tags of a repository are a page of an index, however many there are. */
export async function indexTagTimes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex("tags_updated")
    .on("tags")
    .columns(["repository_id", "updated_at", "name"])
    .execute();
}
