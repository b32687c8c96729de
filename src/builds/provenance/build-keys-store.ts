import type { Kysely } from "kysely";
import type { BuildTables } from "../tables.ts";

type Db = Kysely<BuildTables>;
const ONLY = 1;

/** Sealed; undefined before the first image was built. */
export async function findBuildKey(db: Db): Promise<string | undefined> {
  const row = await db
    .selectFrom("build_keys")
    .select("sealed_key")
    .where("id", "=", ONLY)
    .executeTakeFirst();
  return row?.sealed_key;
}

export async function insertBuildKey(trx: Db, sealed: string, now: Date): Promise<void> {
  await trx
    .insertInto("build_keys")
    .values({ id: ONLY, sealed_key: sealed, created_at: now.getTime() })
    .execute();
}
