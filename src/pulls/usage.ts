import type { Selectable } from "kysely";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PullTables } from "./tables.ts";

export interface UsageWish {
  /** All when undefined. */
  readonly namespace: NamespaceId | undefined;
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}

type HourTable = "pull_hours" | "traffic_hours";
export type UsageHour = Selectable<PullTables["pull_hours"]>;
export type TrafficHour = Selectable<PullTables["traffic_hours"]>;

const BATCH = 1000;

/** The hours in their order, a bounded number at a time. */
export async function* listHours<Table extends HourTable>(
  database: Pick<Database<PullTables>, "reader">,
  table: Table,
  wish: UsageWish,
): AsyncGenerator<readonly Selectable<PullTables[Table]>[]> {
  const { namespace, from, to } = wish;
  let last: { readonly hour: number; readonly id: number } | undefined;
  for (;;) {
    const after = last;
    const rows = await database.reader
      // Both have the columns that are asked for here.
      .selectFrom(table as "pull_hours")
      .selectAll()
      .$if(namespace !== undefined, (query) =>
        query.where("namespace_id", "=", namespace as NamespaceId),
      )
      .$if(from !== undefined, (query) => query.where("hour", ">=", Number(from)))
      .$if(to !== undefined, (query) => query.where("hour", "<", Number(to)))
      .$if(after !== undefined, (query) =>
        query
          .where("hour", ">=", after?.hour ?? 0)
          .where((is) => is.or([is("hour", ">", after?.hour ?? 0), is("id", ">", after?.id ?? 0)])),
      )
      .orderBy("hour")
      .orderBy("id")
      .limit(BATCH)
      .execute();
    if (rows.length > 0) yield rows as unknown as readonly Selectable<PullTables[Table]>[];
    last = rows.at(-1);
    if (rows.length < BATCH || last === undefined) return;
  }
}
