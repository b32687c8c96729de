import { type Kysely, sql } from "kysely";

/** How much went over the wire in each hour. Pulls that were counted before are taken over, without their bytes. */
export async function createTraffic(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("traffic_hours")
    .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
    .addColumn("hour", "bigint", (column) => column.notNull())
    .addColumn("namespace_id", "integer")
    .addColumn("repository", "text", (column) => column.notNull())
    .addColumn("account", "text", (column) => column.notNull())
    .addColumn("credential", "text", (column) => column.notNull())
    .addColumn("pulls", "bigint", (column) => column.notNull())
    .addColumn("pulled_bytes", "bigint", (column) => column.notNull())
    .addColumn("pushes", "bigint", (column) => column.notNull())
    .addColumn("pushed_bytes", "bigint", (column) => column.notNull())
    .addUniqueConstraint("traffic_hours_key", ["hour", "repository", "account", "credential"])
    .execute();
  await db.schema
    .createIndex("traffic_hours_order")
    .on("traffic_hours")
    .columns(["hour", "id"])
    .execute();
  await db.schema
    .createIndex("traffic_hours_namespace")
    .on("traffic_hours")
    .columns(["namespace_id", "hour", "id"])
    .execute();
  await sql`
    insert into traffic_hours (hour, namespace_id, repository, account, credential, pulls, pulled_bytes, pushes, pushed_bytes)
    select hour, max(namespace_id), repository, account, credential, sum(pulls), 0, 0, 0 from pull_hours
    where pulls > 0 group by hour, repository, account, credential`.execute(db);
}
