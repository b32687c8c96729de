import type { Kysely } from "kysely";

/** When each collector of the audit trail took something last. */
export async function addForwardedTimes(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("activity_forwarded").addColumn("sent_at", "bigint").execute();
}
