import type { Kysely } from "kysely";

/** An upload is for the repository that it was begun for, not for what gets that name later. */
export async function bindUploads(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("uploads").addColumn("repository_id", "integer").execute();
  await db.schema.createIndex("uploads_repository").on("uploads").column("repository_id").execute();
}
