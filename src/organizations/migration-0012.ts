import type { Kysely } from "kysely";

/** A permit by name holds for what had the name when it was given. */
export async function addResourceTimes(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("machines").addColumn("resources_at", "bigint").execute();
}
