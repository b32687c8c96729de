import type { Kysely } from "kysely";

/** Organizations that ask their people for two-factor login. */
export async function addTwoFactorRequirement(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("organizations")
    .addColumn("asks_two_factor", "integer", (column) => column.notNull().defaultTo(0))
    .execute();
}
