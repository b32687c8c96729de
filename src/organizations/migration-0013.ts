import type { Kysely } from "kysely";

/** Roles of organizations' own making, and what new repositories come with. */
export async function addRoles(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("custom_roles")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("organization_id", "integer", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("description", "text", (column) => column.notNull())
    .addColumn("permissions", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addUniqueConstraint("custom_roles_name", ["organization_id", "name"])
    .execute();
  await db.schema.alterTable("members").addColumn("custom_role_id", "integer").execute();
  await db.schema
    .createTable("default_rights")
    .addColumn("namespace_id", "integer", (column) => column.notNull())
    .addColumn("subject_kind", "text", (column) => column.notNull())
    .addColumn("subject_id", "integer", (column) => column.notNull())
    .addColumn("actions", "text", (column) => column.notNull())
    .addColumn("tags", "text")
    .addColumn("create_only", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("default_rights_key", ["namespace_id", "subject_kind", "subject_id"])
    .execute();
  await db.schema
    .createIndex("default_rights_subject")
    .on("default_rights")
    .columns(["subject_kind", "subject_id"])
    .execute();
}
