import type { Kysely } from "kysely";

export async function createOrganizations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("organizations")
    .addColumn("id", "integer", (column) => column.primaryKey().references("namespaces.id"))
    .addColumn("full_name", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await createPeople(db);
  await createRights(db);
  await createMachines(db);
}

async function createPeople(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("members")
    .addColumn("organization_id", "integer", (column) => column.notNull())
    .addColumn("account_id", "integer", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("members_key", ["organization_id", "account_id"])
    .execute();
  await db.schema
    .createIndex("members_account")
    .on("members")
    .columns(["account_id", "organization_id"])
    .execute();
  await db.schema
    .createTable("teams")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("organization_id", "integer", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("description", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addUniqueConstraint("teams_name", ["organization_id", "name"])
    .execute();
  await db.schema
    .createTable("team_members")
    .addColumn("team_id", "integer", (column) => column.notNull())
    .addColumn("account_id", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("team_members_key", ["account_id", "team_id"])
    .execute();
  await db.schema
    .createIndex("team_members_team")
    .on("team_members")
    .columns(["team_id", "account_id"])
    .execute();
}

async function createRights(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("rights")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("namespace_id", "integer", (column) => column.notNull())
    .addColumn("subject_kind", "text", (column) => column.notNull())
    .addColumn("subject_id", "integer", (column) => column.notNull())
    // 0 for a right by pattern. By id, so that a rename keeps the right and a repository of the same name gets none.
    .addColumn("repository_id", "integer", (column) => column.notNull())
    // Of names within the namespace; empty for a right to one repository.
    .addColumn("pattern", "text", (column) => column.notNull())
    .addColumn("actions", "text", (column) => column.notNull())
    .addColumn("tags", "text")
    .addColumn("create_only", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addUniqueConstraint("rights_key", [
      "namespace_id",
      "subject_kind",
      "subject_id",
      "repository_id",
      "pattern",
    ])
    .execute();
  await db.schema
    .createIndex("rights_subject")
    .on("rights")
    .columns(["subject_kind", "subject_id", "repository_id"])
    .execute();
  await db.schema.createIndex("rights_repository").on("rights").column("repository_id").execute();
}

async function createMachines(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("machines")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("organization_id", "integer", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("label", "text", (column) => column.notNull())
    .addColumn("description", "text", (column) => column.notNull())
    .addColumn("resources", "text", (column) => column.notNull())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("disabled_at", "bigint")
    .addColumn("last_used_at", "bigint")
    .addColumn("last_used_address", "text")
    .addColumn("last_used_client", "text")
    .execute();
  await db.schema
    .createIndex("machines_organization")
    .on("machines")
    .columns(["organization_id", "kind", "label"])
    .execute();
  await db.schema
    .createTable("machine_secrets")
    .addColumn("secret_hash", "text", (column) => column.primaryKey())
    .addColumn("machine_id", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    // After a rotation the former secret holds until then, so that nobody is locked out meanwhile.
    .addColumn("expires_at", "bigint")
    .execute();
  await db.schema
    .createIndex("machine_secrets_machine")
    .on("machine_secrets")
    .column("machine_id")
    .execute();
}
