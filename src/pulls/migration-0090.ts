import { type Kysely, sql } from "kysely";

const DAY = 86_400_000;

/** What went over the wire in a day, of a repository, a namespace and the hub: charts read these rows, not those of each hour and account. */
export async function createTrafficDays(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("traffic_days")
    .addColumn("scope_kind", "text", (column) => column.notNull())
    .addColumn("scope_id", "integer", (column) => column.notNull())
    .addColumn("day", "bigint", (column) => column.notNull())
    .addColumn("pulls", "bigint", (column) => column.notNull())
    .addColumn("pulled_bytes", "bigint", (column) => column.notNull())
    .addColumn("pushes", "bigint", (column) => column.notNull())
    .addColumn("pushed_bytes", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("traffic_days_key", ["scope_kind", "scope_id", "day"])
    .modifyEnd(sql`without rowid`)
    .execute();
  await db.schema.createIndex("traffic_days_age").on("traffic_days").columns(["day"]).execute();
  await fill(db, "repository", sql`repositories.id`);
  await fill(db, "namespace", sql`traffic_hours.namespace_id`);
  await fill(db, "hub", sql`0`);
  await sql`
    create trigger forget_traffic_days after delete on repositories begin
      delete from traffic_days where scope_kind = 'repository' and scope_id = old.id;
    end`.execute(db);
}

/** Of repositories by the names that they have now. */
async function fill(
  db: Kysely<unknown>,
  kind: string,
  scope: ReturnType<typeof sql>,
): Promise<void> {
  await sql`
    insert into traffic_days (scope_kind, scope_id, day, pulls, pulled_bytes, pushes, pushed_bytes)
    select ${kind}, ${scope}, hour - hour % ${DAY}, sum(pulls), sum(pulled_bytes), sum(pushes), sum(pushed_bytes)
    from traffic_hours left join repositories on repositories.name = traffic_hours.repository
    where ${scope} is not null group by 2, 3`.execute(db);
}
