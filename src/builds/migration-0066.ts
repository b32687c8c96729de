import type { Kysely } from "kysely";

/** Who holds a build and until when, what it waits for, its steps, and what it was built on. */
export async function addBuildRuns(db: Kysely<unknown>): Promise<void> {
  const texts = ["namespace", "reason", "phase", "base_key", "chain"] as const;
  for (const name of texts) await db.schema.alterTable("builds").addColumn(name, "text").execute();
  const numbers = ["ordinal", "not_before", "lease_until", "depth"] as const;
  for (const name of numbers)
    await db.schema.alterTable("builds").addColumn(name, "bigint").execute();
  await db.schema
    .createTable("build_steps")
    .addColumn("build_id", "integer", (column) => column.notNull())
    .addColumn("number", "integer", (column) => column.notNull())
    .addColumn("text", "text", (column) => column.notNull())
    .addColumn("ms", "integer", (column) => column.notNull())
    .addColumn("is_cached", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("build_steps_key", ["build_id", "number"])
    .execute();
  await db.schema
    .createTable("build_bases")
    .addColumn("build_id", "integer", (column) => column.notNull())
    .addColumn("reference", "text", (column) => column.notNull())
    .addColumn("platform", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("build_bases_key", ["build_id", "reference", "platform"])
    .execute();
  await createLinks(db);
}

async function createLinks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("build_links")
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("rule", "integer", (column) => column.notNull())
    .addColumn("ref", "text", (column) => column.notNull())
    .addColumn("reference", "text", (column) => column.notNull())
    .addColumn("base_repository_id", "integer", (column) => column.notNull())
    .addColumn("base_tag", "text", (column) => column.notNull())
    .addColumn("base_digest", "text", (column) => column.notNull())
    .addColumn("build_id", "integer", (column) => column.notNull())
    .addColumn("is_cycle", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("build_links_key", ["repository_id", "rule", "ref", "reference"])
    .execute();
  await db.schema
    .createIndex("build_links_base")
    .on("build_links")
    .columns(["base_repository_id", "base_tag"])
    .execute();
  await db.schema
    .createTable("build_positions")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("position", "bigint", (column) => column.notNull())
    .execute();
}
