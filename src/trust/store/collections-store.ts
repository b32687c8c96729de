import type { Kysely } from "kysely";
import type { RepositoryId } from "../../repositories/index.ts";
import type { CollectionId, TrustTables } from "../tables.ts";

export interface Collection {
  readonly id: CollectionId;
  readonly repositoryId: RepositoryId;
  readonly gun: string;
  readonly revision: number;
  readonly createdAt: Date;
}

type Db = Kysely<TrustTables>;

export async function findCollection(
  db: Db,
  key: { readonly repositoryId: RepositoryId; readonly gun: string },
): Promise<Collection | undefined> {
  const row = await db
    .selectFrom("trust_collections")
    .selectAll()
    .where("repository_id", "=", key.repositoryId)
    .where("gun", "=", key.gun)
    .executeTakeFirst();
  return row && toCollection(row);
}

/** By name. One repository has few of them: see `COLLECTIONS_LIMIT`. */
export async function listCollections(
  db: Db,
  repositoryId: RepositoryId,
): Promise<readonly Collection[]> {
  const rows = await db
    .selectFrom("trust_collections")
    .selectAll()
    .where("repository_id", "=", repositoryId)
    .orderBy("gun")
    .execute();
  return rows.map(toCollection);
}

export async function insertCollection(
  trx: Db,
  made: { readonly repositoryId: RepositoryId; readonly gun: string; readonly now: Date },
): Promise<Collection> {
  const { repositoryId, gun, now } = made;
  const row = await trx
    .insertInto("trust_collections")
    .values({ repository_id: repositoryId, gun, revision: 0, created_at: now.getTime() })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toCollection(row);
}

/** False when somebody else published since `revision` was read; then nothing changed. */
export async function countRevision(
  trx: Db,
  { id, revision }: Pick<Collection, "id" | "revision">,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("trust_collections")
    .set({ revision: revision + 1 })
    .where("id", "=", id)
    .where("revision", "=", revision)
    .executeTakeFirst();
  return numUpdatedRows > 0;
}

/** With its files and keys. */
export async function deleteCollection(trx: Db, id: CollectionId): Promise<void> {
  await trx.deleteFrom("trust_collections").where("id", "=", id).execute();
}

function toCollection(row: {
  readonly id: CollectionId;
  readonly repository_id: RepositoryId;
  readonly gun: string;
  readonly revision: number;
  readonly created_at: number;
}): Collection {
  return {
    id: row.id,
    repositoryId: row.repository_id,
    gun: row.gun,
    revision: row.revision,
    createdAt: new Date(row.created_at),
  };
}
