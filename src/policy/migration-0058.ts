import type { Kysely } from "kysely";

/** Which repositories the base images of a policy are in. One that was set before names none: it has to be set again. */
export async function addBaseRepositories(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("pull_policies")
    .addColumn("bases", "text", (column) => column.notNull().defaultTo("{}"))
    .execute();
}
