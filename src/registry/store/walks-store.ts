import type { Kysely } from "kysely";
import type { RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** How far long work has come: the scrubber's round, the adoption of a directory. */
export interface Walk {
  readonly position: string;
  readonly startedAt: Date;
}

export async function findWalk(db: Db, name: string): Promise<Walk | undefined> {
  const row = await db.selectFrom("walks").selectAll().where("name", "=", name).executeTakeFirst();
  return row && { position: row.position, startedAt: new Date(row.started_at) };
}

export async function recordWalk(trx: Db, walk: Walk & { name: string; now: Date }): Promise<void> {
  const state = {
    position: walk.position,
    started_at: walk.startedAt.getTime(),
    updated_at: walk.now.getTime(),
  };
  await trx
    .insertInto("walks")
    .values({ name: walk.name, ...state })
    .onConflict((conflict) => conflict.column("name").doUpdateSet(state))
    .execute();
}
