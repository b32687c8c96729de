import { type Kysely, sql } from "kysely";

/** Signatures, and by what they are judged. */
export async function createSigningTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("signatures")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("repository_id", "integer", (column) => column.notNull())
    .addColumn("manifest_id", "integer", (column) => column.notNull())
    .addColumn("entry", "integer", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("format", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("reason", "text")
    .addColumn("kind", "text")
    .addColumn("predicate_type", "text")
    .addColumn("predicate", "text")
    .addColumn("signer", "text")
    .addColumn("signed_at", "bigint")
    .addColumn("expires_at", "bigint")
    .addColumn("verified_at", "bigint")
    .addColumn("trust_revision", "bigint", (column) => column.notNull())
    .addUniqueConstraint("signatures_key", ["manifest_id", "entry", "subject"])
    .execute();
  await db.schema
    .createIndex("signatures_subject")
    .on("signatures")
    .columns(["repository_id", "subject"])
    .execute();
  await db.schema
    .createIndex("signatures_trust")
    .on("signatures")
    .columns(["trust_revision", "id"])
    .execute();
  await db.schema
    .createTable("trust_anchors")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("namespace_id", "integer", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("pem", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("created_by", "text", (column) => column.notNull())
    .addUniqueConstraint("trust_anchors_key", ["namespace_id", "name"])
    .execute();
  await db.schema
    .createTable("signing_positions")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("position", "bigint", (column) => column.notNull())
    .modifyEnd(sql`without rowid`)
    .execute();
}
