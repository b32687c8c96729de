import type { Kysely } from "kysely";

/** Numbers go with what they tell of; the hours stay, for those who are billed by them. */
export async function createPullTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("repository_pulls")
    .addColumn("repository_id", "integer", (column) =>
      column.primaryKey().references("repositories.id").onDelete("cascade"),
    )
    .addColumn("pulls", "bigint", (column) => column.notNull())
    .addColumn("pulled_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("manifest_pulls")
    .addColumn("manifest_id", "integer", (column) =>
      column.primaryKey().references("manifests.id").onDelete("cascade"),
    )
    .addColumn("pulled_at", "bigint", (column) => column.notNull())
    .addColumn("pulled_by", "text", (column) => column.notNull())
    .addColumn("client", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("tag_pulls")
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("tag", "text", (column) => column.notNull())
    .addColumn("pulled_at", "bigint", (column) => column.notNull())
    .addColumn("pulled_by", "text", (column) => column.notNull())
    .addColumn("client", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("tag_pulls_key", ["repository_id", "tag"])
    .addForeignKeyConstraint(
      "tag_pulls_tag",
      ["repository_id", "tag"],
      "tags",
      ["repository_id", "name"],
      (constraint) => constraint.onDelete("cascade"),
    )
    .execute();
  await createHours(db);
  await createStars(db);
}

export async function createHours(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("pull_hours")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("hour", "bigint", (column) => column.notNull())
    .addColumn("namespace_id", "integer")
    .addColumn("repository", "text", (column) => column.notNull())
    .addColumn("visibility", "text", (column) => column.notNull())
    .addColumn("account", "text", (column) => column.notNull())
    .addColumn("credential", "text", (column) => column.notNull())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("tag", "text", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("checks", "bigint", (column) => column.notNull())
    .addColumn("pulls", "bigint", (column) => column.notNull())
    .addUniqueConstraint("pull_hours_key", [
      "hour",
      "repository",
      "account",
      "credential",
      "address",
      "tag",
      "digest",
    ])
    .execute();
  await db.schema
    .createIndex("pull_hours_order")
    .on("pull_hours")
    .columns(["hour", "id"])
    .execute();
  await db.schema
    .createIndex("pull_hours_namespace")
    .on("pull_hours")
    .columns(["namespace_id", "hour", "id"])
    .execute();
}

async function createStars(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("stars")
    .addColumn("account_id", "integer", (column) =>
      column.notNull().references("accounts.id").onDelete("cascade"),
    )
    .addColumn("repository_id", "integer", (column) =>
      column.notNull().references("repositories.id").onDelete("cascade"),
    )
    .addColumn("starred_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("stars_key", ["repository_id", "account_id"])
    .execute();
  await db.schema
    .createIndex("stars_account")
    .on("stars")
    .columns(["account_id", "repository_id"])
    .execute();
}
