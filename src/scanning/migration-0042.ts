import type { Kysely } from "kysely";

/** What people decide about findings, and what documents beside images claim. */
export async function createDecisions(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("vex_decisions")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("scope", "text", (column) => column.notNull())
    .addColumn("scope_id", "bigint", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("vulnerability", "text", (column) => column.notNull())
    .addColumn("package", "text", (column) => column.notNull())
    .addColumn("version", "text", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("justification", "text")
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("author", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("ended_at", "bigint")
    .addColumn("revoked_by", "text")
    .execute();
  await db.schema
    .createIndex("vex_decisions_scope")
    .on("vex_decisions")
    .columns(["scope", "scope_id", "digest", "ended_at"])
    .execute();
  await db.schema
    .createIndex("vex_decisions_expiry")
    .on("vex_decisions")
    .columns(["ended_at", "expires_at"])
    .execute();
  await createClaims(db);
}

async function createClaims(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("vex_claims")
    .addColumn("manifest_id", "integer", (column) => column.notNull())
    .addColumn("number", "integer", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("vulnerability", "text", (column) => column.notNull())
    .addColumn("package", "text", (column) => column.notNull())
    .addColumn("version", "text", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("justification", "text")
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("author", "text", (column) => column.notNull())
    .addColumn("pushed_by", "text")
    .addPrimaryKeyConstraint("vex_claims_key", ["manifest_id", "number"])
    .execute();
  await db.schema
    .createIndex("vex_claims_subject")
    .on("vex_claims")
    .columns(["subject", "manifest_id"])
    .execute();
}
