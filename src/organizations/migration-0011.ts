import type { Kysely } from "kysely";

/** Memberships that the hub made for somebody's groups elsewhere, so that it takes those away again and no others. */
export async function markSyncedMemberships(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("members").addColumn("synced_by", "text").execute();
  await db.schema.alterTable("team_members").addColumn("synced_by", "text").execute();
}
