import { type Kysely, sql } from "kysely";

/**
 * What hub, namespaces and repositories say about tags, one row for each kind of rule; what was said of immutable tags moves
 * here. Rows of a repository go with it; a namespace keeps its row and its id for good.
 */
export async function addRuleLevels(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("tag_rules")
    .addColumn("scope_kind", "text", (column) => column.notNull())
    .addColumn("scope_id", "integer", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addColumn("locked", "integer", (column) => column.notNull())
    .addColumn("repository_id", "integer", (column) =>
      column.references("repositories.id").onDelete("cascade"),
    )
    .addPrimaryKeyConstraint("tag_rules_key", ["scope_kind", "scope_id", "kind"])
    .execute();
  await db.schema
    .createIndex("tag_rules_repository")
    .on("tag_rules")
    .column("repository_id")
    .execute();
  await db.schema
    .createTable("tag_overrides")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("repository_id", "integer", (column) =>
      column.notNull().references("repositories.id").onDelete("cascade"),
    )
    .addColumn("tag", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("once", "integer", (column) => column.notNull())
    .addColumn("asked_by", "integer", (column) => column.notNull())
    .addColumn("asked_at", "bigint", (column) => column.notNull())
    .addColumn("approved_by", "integer")
    .addColumn("approved_at", "bigint")
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("ended_at", "bigint")
    .execute();
  await db.schema
    .createIndex("tag_overrides_tag")
    .on("tag_overrides")
    .columns(["repository_id", "tag", "expires_at"])
    .execute();
  await sql`
    insert into tag_rules (scope_kind, scope_id, kind, body, locked, repository_id)
    select 'repository', repository_id, 'immutable',
      '{"isEnabled":' || case state when 'on' then 'true' else 'false' end || ',"patterns":' || patterns || '}',
      0, repository_id
    from immutable_tags`.execute(db);
  await db.schema.dropTable("immutable_tags").execute();
}
