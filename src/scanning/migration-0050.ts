import type { Kysely } from "kysely";

/** The next scan is found by its time alone: a partial index lost against one that knows the state and sorted them all. */
export async function indexWaitingScans(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex("scans_due").on("scans").columns(["state", "due_at", "id"]).execute();
  await db.schema.dropIndex("scans_waiting").execute();
}
