import type { Kysely } from "kysely";
import type { BuildId, BuildTables } from "../tables.ts";

type Db = Kysely<BuildTables>;

/** What is built anew of a build once there is room for it. */
export interface DeferredBuild {
  readonly build: BuildId;
  readonly chain: string;
  readonly depth: number;
}

/** As for what waits in the queue, its first place in the order stays. */
export async function deferBuild(trx: Db, { build, chain, depth }: DeferredBuild): Promise<void> {
  await trx
    .insertInto("build_deferred")
    .values({ build_id: build, chain, depth })
    .onConflict((conflict) => conflict.column("build_id").doNothing())
    .execute();
}

/** Those that others are built on first. */
export async function listDeferred(db: Db): Promise<DeferredBuild[]> {
  const rows = await db
    .selectFrom("build_deferred")
    .selectAll()
    .orderBy("depth")
    .orderBy("build_id")
    .execute();
  return rows.map(({ build_id, chain, depth }) => ({ build: build_id, chain, depth }));
}

export async function removeDeferred(trx: Db, build: BuildId): Promise<void> {
  await trx.deleteFrom("build_deferred").where("build_id", "=", build).execute();
}
