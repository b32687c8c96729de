import type { Kysely } from "kysely";

/** What a submission was compared with, and which the hub made by itself because of a newer base. */
export async function addComparisons(db: Kysely<unknown>): Promise<void> {
  for (const [column, type] of [
    ["compared_with", "integer"],
    ["rebuild_of", "integer"],
    ["rebuild_bases", "text"],
  ] as const)
    await db.schema.alterTable("official_submissions").addColumn(column, type).execute();
}
