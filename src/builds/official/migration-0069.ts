import type { Kysely } from "kysely";

/** Submissions to the library, what reviewers say of them, and what was published of them. */
export async function createOfficialImages(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("official_submissions")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("why", "text")
    .addColumn("author_id", "integer", (column) => column.notNull())
    .addColumn("principal", "text", (column) => column.notNull())
    .addColumn("base_url", "text")
    .addColumn("is_security", "integer", (column) => column.notNull())
    .addColumn("definition", "text", (column) => column.notNull())
    .addColumn("definition_hash", "text", (column) => column.notNull())
    .addColumn("documents", "text", (column) => column.notNull())
    .addColumn("logo", "text")
    .addColumn("checks", "text", (column) => column.notNull())
    .addColumn("images", "text", (column) => column.notNull())
    .addColumn("digest", "text")
    .addColumn("repository_id", "integer")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("changed_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("official_submissions_state")
    .on("official_submissions")
    .columns(["state", "id"])
    .execute();
  await db.schema
    .createIndex("official_submissions_name")
    .on("official_submissions")
    .columns(["name", "id"])
    .execute();
  await db.schema
    .createTable("official_reviews")
    .addColumn("submission_id", "integer", (column) => column.notNull())
    .addColumn("reviewer_id", "integer", (column) => column.notNull())
    .addColumn("reviewer", "text", (column) => column.notNull())
    .addColumn("verdict", "text", (column) => column.notNull())
    .addColumn("note", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("official_reviews_key", ["submission_id", "reviewer_id"])
    .execute();
  await db.schema
    .createTable("official_notes")
    .addColumn("submission_id", "integer", (column) => column.notNull())
    .addColumn("check_number", "integer", (column) => column.notNull())
    .addColumn("text", "text", (column) => column.notNull())
    .addColumn("author", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("official_notes_key", ["submission_id", "check_number"])
    .execute();
}
