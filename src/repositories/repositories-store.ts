import type { Generated, Kysely } from "kysely";
import type { RepositoryName } from "../oci/name.ts";
import { prepareQuery, readNames } from "../platform/db/index.ts";

export type RepositoryId = number & { readonly __brand: "RepositoryId" };

/** The rows this capability owns. */
export interface RepositoryTables {
  repositories: { id: Generated<RepositoryId>; name: RepositoryName; created_at: number };
}

const selectByName = prepareQuery((db: Kysely<RepositoryTables>, key: { name: RepositoryName }) =>
  db.selectFrom("repositories").select("id").where("name", "=", key.name),
);

export async function findRepository(
  db: Kysely<RepositoryTables>,
  name: RepositoryName,
): Promise<RepositoryId | undefined> {
  const { rows } = await selectByName(db, { name });
  return rows[0]?.id;
}

/** The repository's id; the first push to a name creates it. Call it inside the push's own transaction. */
export async function ensureRepository(
  trx: Kysely<RepositoryTables>,
  name: RepositoryName,
  now: Date,
): Promise<RepositoryId> {
  const known = await findRepository(trx, name);
  if (known !== undefined) return known;
  const row = await trx
    .insertInto("repositories")
    .values({ name, created_at: now.getTime() })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

/** One page of names in byte order, strictly after `last`. */
export async function listRepositoryNames(
  db: Kysely<RepositoryTables>,
  page: { last: string | undefined; limit: number },
): Promise<readonly RepositoryName[]> {
  const { last, limit } = page;
  const names = db
    .selectFrom("repositories")
    .select("name")
    .$if(last !== undefined, (query) => query.where("name", ">", last as RepositoryName))
    .orderBy("name")
    .limit(limit);
  return (await readNames(db, names)) as RepositoryName[];
}

export async function findRepositoryName(
  db: Kysely<RepositoryTables>,
  id: RepositoryId,
): Promise<RepositoryName | undefined> {
  const row = await db
    .selectFrom("repositories")
    .select("name")
    .where("id", "=", id)
    .executeTakeFirst();
  return row?.name;
}
