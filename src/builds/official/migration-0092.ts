import type { Kysely } from "kysely";

/** Tags of a submission that lead to an index of several of its images. */
export async function addSubmissionIndexes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("official_submissions")
    .addColumn("indexes", "text", (column) => column.notNull().defaultTo("[]"))
    .execute();
}
