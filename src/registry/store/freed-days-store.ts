import type { Kysely } from "kysely";
import type { RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;
export type FreedDay = RegistryTables["freed_days"];

const DAY_MS = 86_400_000;

/** Of UTC. */
function dayOf(now: Date): number {
  return now.getTime() - (now.getTime() % DAY_MS);
}

/** In the transaction that forgets the blob: each is counted once, whatever is done again after a kill. */
export async function countFreed(
  trx: Db,
  { bytes, now }: { readonly bytes: number; readonly now: Date },
): Promise<void> {
  await trx
    .insertInto("freed_days")
    .values({ day: dayOf(now), blobs: 1, bytes })
    .onConflict((conflict) =>
      conflict.column("day").doUpdateSet((is) => ({
        blobs: is("freed_days.blobs", "+", 1),
        bytes: is("freed_days.bytes", "+", bytes),
      })),
    )
    .execute();
}

/** The last days, the running one with them; those on which nothing was freed, too. */
export async function listFreedDays(
  db: Db,
  { days, now }: { readonly days: number; readonly now: Date },
): Promise<readonly FreedDay[]> {
  const first = dayOf(now) - (days - 1) * DAY_MS;
  const rows = await db.selectFrom("freed_days").selectAll().where("day", ">=", first).execute();
  const byDay = new Map(rows.map((row) => [Number(row.day), row]));
  return Array.from({ length: days }, (_, at) => {
    const day = first + at * DAY_MS;
    const { blobs = 0, bytes = 0 } = byDay.get(day) ?? {};
    return { day, blobs: Number(blobs), bytes: Number(bytes) };
  });
}
