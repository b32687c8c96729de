import type { Kysely } from "kysely";
import type { NamespaceId } from "../namespaces/index.ts";
import { prepareQuery } from "../platform/db/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { PullTables } from "./tables.ts";

type Db = Kysely<PullTables>;
type DayRow = PullTables["traffic_days"];
export type Traffic = Omit<DayRow, "scope_kind" | "scope_id" | "day">;

export interface TrafficScope {
  readonly kind: DayRow["scope_kind"];
  /** 0 for the hub. */
  readonly id: number;
}

export interface TrafficDay extends Traffic {
  readonly day: number;
}

const DAY_MS = 86_400_000;
/** As long as what is stored is told by days. */
const KEPT_DAYS = 731;

/** Of UTC. */
function dayOf(time: number): number {
  return time - (time % DAY_MS);
}

const upsertDay = prepareQuery((trx: Db, row: DayRow) =>
  trx
    .insertInto("traffic_days")
    .values({
      scope_kind: row.scope_kind,
      scope_id: row.scope_id,
      day: row.day,
      pulls: row.pulls,
      pulled_bytes: row.pulled_bytes,
      pushes: row.pushes,
      pushed_bytes: row.pushed_bytes,
    })
    .onConflict((conflict) =>
      conflict.columns(["scope_kind", "scope_id", "day"]).doUpdateSet((is) => ({
        pulls: is("traffic_days.pulls", "+", is.ref("excluded.pulls")),
        pulled_bytes: is("traffic_days.pulled_bytes", "+", is.ref("excluded.pulled_bytes")),
        pushes: is("traffic_days.pushes", "+", is.ref("excluded.pushes")),
        pushed_bytes: is("traffic_days.pushed_bytes", "+", is.ref("excluded.pushed_bytes")),
      })),
    ),
);

/** Adds to the day of the repository, of its namespace and of the hub. */
export async function addToDays(
  trx: Db,
  place: {
    readonly repository: RepositoryId;
    readonly namespace: NamespaceId | null;
    readonly hour: number;
  },
  { pulls, pulled_bytes, pushes, pushed_bytes }: Traffic,
): Promise<void> {
  const { repository, namespace, hour } = place;
  const scopes: TrafficScope[] = [
    { kind: "repository", id: repository },
    ...(namespace === null ? [] : [{ kind: "namespace", id: namespace } as const]),
    { kind: "hub", id: 0 },
  ];
  for (const { kind, id } of scopes)
    await upsertDay(trx, {
      ...{ scope_kind: kind, scope_id: id, day: dayOf(hour) },
      ...{ pulls, pulled_bytes, pushes, pushed_bytes },
    });
}

const NOTHING: Traffic = { pulls: 0, pulled_bytes: 0, pushes: 0, pushed_bytes: 0 };

/** The last days, the running one with them; those on which nothing happened, too. */
export async function listTrafficDays(
  db: Db,
  { kind, id }: TrafficScope,
  { days, now }: { readonly days: number; readonly now: Date },
): Promise<readonly TrafficDay[]> {
  const last = dayOf(now.getTime());
  const first = last - (days - 1) * DAY_MS;
  const rows = await db
    .selectFrom("traffic_days")
    .select(["day", "pulls", "pulled_bytes", "pushes", "pushed_bytes"])
    .where("scope_kind", "=", kind)
    .where("scope_id", "=", id)
    .where("day", ">=", first)
    .where("day", "<=", last)
    .execute();
  const byDay = new Map(rows.map((row) => [Number(row.day), row]));
  return Array.from({ length: days }, (_, at) => {
    const day = first + at * DAY_MS;
    return { ...NOTHING, ...byDay.get(day), day };
  });
}

export async function trimDays(trx: Db, now: Date): Promise<void> {
  const before = dayOf(now.getTime()) - KEPT_DAYS * DAY_MS;
  await trx.deleteFrom("traffic_days").where("day", "<", before).execute();
}
