import type { Kysely } from "kysely";

/** A repository without a row has no rule. The rule goes with the repository, and nowhere by its name. */
export async function createTagRules(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("immutable_tags")
    .addColumn("repository_id", "integer", (column) =>
      column.primaryKey().references("repositories.id").onDelete("cascade"),
    )
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("patterns", "text", (column) => column.notNull())
    .execute();
}
