import type { Kysely } from "kysely";
import type { RepositoryName } from "../oci/name.ts";
import type { RepositoryId, RepositoryTables } from "./tables.ts";

/**
 * Takes the repository's name, so that every door finds nothing there. What it holds is taken away later, in steps; its
 * row keeps the id until then, under a name that nobody can ask for.
 */
export async function markRemoved(
  trx: Kysely<RepositoryTables>,
  id: RepositoryId,
  now: Date,
): Promise<void> {
  await trx
    .updateTable("repositories")
    .set({ name: `#${id}` as RepositoryName, visibility: "private", removed_at: now.getTime() })
    .where("id", "=", id)
    .execute();
}

export async function findRemoved(
  db: Kysely<RepositoryTables>,
  after: number,
): Promise<RepositoryId | undefined> {
  const row = await db
    .selectFrom("repositories")
    .select("id")
    .where("removed_at", "is not", null)
    .where("id", ">", after as RepositoryId)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** Once nothing refers to it any more. */
export async function deleteRepository(
  trx: Kysely<RepositoryTables>,
  id: RepositoryId,
): Promise<void> {
  await trx.deleteFrom("repositories").where("id", "=", id).execute();
}
