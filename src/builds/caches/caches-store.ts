import type { Kysely } from "kysely";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BuildTables } from "../tables.ts";

type Db = Kysely<BuildTables>;

export interface BuildCache {
  readonly repositoryId: RepositoryId;
  readonly bytes: number;
  readonly usedAt: Date;
  /** Somebody or a limit has decided that it goes; what of it is there yet is about to. */
  readonly isDoomed: boolean;
}

/** What was used longest ago first. */
export async function listCaches(db: Db): Promise<BuildCache[]> {
  const rows = await db
    .selectFrom("build_caches")
    .selectAll()
    .orderBy("used_at")
    .orderBy("repository_id")
    .execute();
  return rows.map((row) => ({
    repositoryId: row.repository_id,
    bytes: Number(row.bytes),
    usedAt: new Date(Number(row.used_at)),
    isDoomed: row.is_doomed === 1,
  }));
}

export async function saveCache(trx: Db, cache: Omit<BuildCache, "isDoomed">): Promise<void> {
  const kept = { bytes: cache.bytes, used_at: cache.usedAt.getTime(), is_doomed: 0 };
  await trx
    .insertInto("build_caches")
    .values({ repository_id: cache.repositoryId, ...kept })
    .onConflict((conflict) => conflict.column("repository_id").doUpdateSet(kept))
    .execute();
}

/** False where there is none. */
export async function doomCache(trx: Db, repository: RepositoryId): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("build_caches")
    .set({ is_doomed: 1 })
    .where("repository_id", "=", repository)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export async function removeCache(trx: Db, repository: RepositoryId): Promise<void> {
  await trx.deleteFrom("build_caches").where("repository_id", "=", repository).execute();
}
