import type { Kysely } from "kysely";

/** What an organization lets its members pull beside its own. */
export async function createOrganizationSettings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("organization_settings")
    .addColumn("organization_id", "integer", (column) =>
      column.primaryKey().references("organizations.id").onDelete("cascade"),
    )
    .addColumn("restricts_images", "integer", (column) => column.notNull())
    .addColumn("allows_official", "integer", (column) => column.notNull())
    .addColumn("allows_verified", "integer", (column) => column.notNull())
    .execute();
}
