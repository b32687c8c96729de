import { type Kysely, sql } from "kysely";

export async function createActivityTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("activity")
    .addColumn("seq", "integer", (column) => column.primaryKey())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("account", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("actor_id", "integer")
    .addColumn("credential", "text")
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("client", "text", (column) => column.notNull())
    .addColumn("outcome", "text", (column) => column.notNull())
    .addColumn("before", "text")
    .addColumn("after", "text")
    .addColumn("previous", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex("activity_account")
    .on("activity")
    .columns(["account", "seq"])
    .execute();
  await db.schema.createIndex("activity_actor").on("activity").columns(["actor", "seq"]).execute();
  await db.schema
    .createIndex("activity_action")
    .on("activity")
    .columns(["action", "seq"])
    .execute();
  await db.schema
    .createTable("activity_checkpoints")
    .addColumn("seq", "integer", (column) => column.primaryKey())
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("removed_at", "bigint", (column) => column.notNull())
    .execute();
  await refuseChanges(db);
}

/** Also for our own program: what a mistake could change, a trigger refuses. */
async function refuseChanges(db: Kysely<unknown>): Promise<void> {
  await sql`
    create trigger activity_is_never_changed before update on activity
    begin select raise(abort, 'the audit trail is never changed'); end
  `.execute(db);
  await sql`
    create trigger activity_is_never_deleted before delete on activity
    when old.seq > coalesce((select max(seq) from activity_checkpoints), 0)
    begin select raise(abort, 'only retention removes entries of the audit trail'); end
  `.execute(db);
}
