import type { Kysely } from "kysely";

/** What builds took, to advise on their Dockerfiles. */
export async function createBuildFacts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("build_facts")
    .addColumn("build_id", "integer", (column) => column.primaryKey())
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("place", "text", (column) => column.notNull())
    .addColumn("facts", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("build_facts_repository")
    .on("build_facts")
    .columns(["repository_id", "place", "build_id"])
    .execute();
}
