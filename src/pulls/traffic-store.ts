import type { Insertable, Kysely } from "kysely";
import { prepareQuery } from "../platform/db/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { PullTables } from "./tables.ts";
import { addToDays } from "./traffic-days.ts";

type Db = Kysely<PullTables>;
type TrafficRow = Omit<Insertable<PullTables["traffic_hours"]>, "id">;

const upsertTraffic = prepareQuery((trx: Db, row: TrafficRow) =>
  trx
    .insertInto("traffic_hours")
    .values({
      hour: row.hour,
      namespace_id: row.namespace_id,
      repository: row.repository,
      account: row.account,
      credential: row.credential,
      pulls: row.pulls,
      pulled_bytes: row.pulled_bytes,
      pushes: row.pushes,
      pushed_bytes: row.pushed_bytes,
    })
    .onConflict((conflict) =>
      conflict.columns(["hour", "repository", "account", "credential"]).doUpdateSet((is) => ({
        pulls: is("traffic_hours.pulls", "+", is.ref("excluded.pulls")),
        pulled_bytes: is("traffic_hours.pulled_bytes", "+", is.ref("excluded.pulled_bytes")),
        pushes: is("traffic_hours.pushes", "+", is.ref("excluded.pushes")),
        pushed_bytes: is("traffic_hours.pushed_bytes", "+", is.ref("excluded.pushed_bytes")),
      })),
    ),
);

/** Adds to what is known of that hour and its day. */
export async function addTraffic(
  trx: Db,
  repository: RepositoryId,
  row: TrafficRow,
): Promise<void> {
  await upsertTraffic(trx, row);
  const { hour, namespace_id: namespace } = row;
  await addToDays(trx, { repository, namespace: namespace ?? null, hour }, row);
}
