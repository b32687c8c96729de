import type { Kysely } from "kysely";
import type { RepositoryName } from "../../oci/name.ts";
import type { RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** When the repository was last taken over from a directory of distribution. */
export async function findAdoption(db: Db, name: RepositoryName): Promise<Date | undefined> {
  const row = await db
    .selectFrom("adoptions")
    .select("adopted_at")
    .where("repository", "=", name)
    .executeTakeFirst();
  return row === undefined ? undefined : new Date(row.adopted_at);
}

export async function recordAdoption(trx: Db, name: RepositoryName, at: Date): Promise<void> {
  const adopted_at = at.getTime();
  await trx
    .insertInto("adoptions")
    .values({ repository: name, adopted_at })
    .onConflict((conflict) => conflict.column("repository").doUpdateSet({ adopted_at }))
    .execute();
}
