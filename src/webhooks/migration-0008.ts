import type { Kysely } from "kysely";

export async function createWebhookTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("webhooks")
    .addColumn("id", "text", (column) => column.primaryKey())
    // Of one repository, of a namespace, or of the hub when both are null.
    .addColumn("namespace_id", "integer")
    .addColumn("repository_id", "integer")
    .addColumn("label", "text", (column) => column.notNull())
    .addColumn("url", "text", (column) => column.notNull())
    .addColumn("format", "text", (column) => column.notNull())
    .addColumn("events", "text", (column) => column.notNull())
    .addColumn("repositories", "text")
    .addColumn("tags", "text")
    .addColumn("secret", "text")
    .addColumn("created_by", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("disabled_at", "bigint")
    .execute();
  await db.schema
    .createIndex("webhooks_target")
    .on("webhooks")
    .columns(["namespace_id", "repository_id"])
    .execute();
  await db.schema
    .createTable("webhook_deliveries")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("webhook_id", "text", (column) => column.notNull())
    .addColumn("ordering_key", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addColumn("content_type", "text", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("due_at", "bigint", (column) => column.notNull())
    .addColumn("ended_at", "bigint")
    .addColumn("status", "integer")
    .addColumn("answer", "text")
    .execute();
  await db.schema
    .createIndex("webhook_deliveries_waiting")
    .on("webhook_deliveries")
    .columns(["state", "webhook_id", "ordering_key", "id"])
    .execute();
  await db.schema
    .createIndex("webhook_deliveries_log")
    .on("webhook_deliveries")
    .columns(["webhook_id", "id"])
    .execute();
  await db.schema
    .createTable("webhook_position")
    .addColumn("id", "integer", (column) => column.primaryKey())
    .addColumn("outbox_id", "integer", (column) => column.notNull())
    .execute();
}
