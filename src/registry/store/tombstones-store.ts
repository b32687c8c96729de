import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { Tag } from "../../oci/tag.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { RegistryTables, TagCause } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** A manifest that was deleted. Until its grace ends its blobs are there, and it can be brought back. */
export interface Tombstone {
  readonly id: number;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly subject: Digest | null;
  readonly payload: Uint8Array;
  /** Those that went with it. */
  readonly tags: readonly Tag[];
  readonly actor: string;
  readonly cause: TagCause;
  readonly deletedAt: Date;
  /** When collection may remove what it needs. */
  readonly until: Date;
}

/** The last deletion counts. */
export async function setTombstone(
  trx: Db,
  repositoryId: RepositoryId,
  tombstone: Omit<Tombstone, "id">,
): Promise<void> {
  await removeTombstone(trx, repositoryId, tombstone.digest);
  await trx
    .insertInto("deleted_manifests")
    .values({
      repository_id: repositoryId,
      digest: tombstone.digest,
      media_type: tombstone.mediaType,
      subject: tombstone.subject,
      payload: tombstone.payload,
      tags: JSON.stringify(tombstone.tags),
      actor: tombstone.actor,
      cause: tombstone.cause,
      deleted_at: tombstone.deletedAt.getTime(),
      until: tombstone.until.getTime(),
    })
    .execute();
}

const deleteTombstone = prepareQuery((trx: Db, key: { repository: RepositoryId; digest: Digest }) =>
  trx
    .deleteFrom("deleted_manifests")
    .where("repository_id", "=", key.repository)
    .where("digest", "=", key.digest),
);

/** Asked for by every push of a new manifest. */
export async function removeTombstone(
  trx: Db,
  repository: RepositoryId,
  digest: Digest,
): Promise<void> {
  await deleteTombstone(trx, { repository, digest });
}

/** Those of a repository that can be brought back, the latest deletion first, strictly before the one with id `before`. */
export async function listTombstones(
  db: Db,
  repositoryId: RepositoryId,
  page: { readonly now: Date; readonly before: number | undefined; readonly limit: number },
): Promise<readonly Tombstone[]> {
  const { now, before, limit } = page;
  const rows = await selectAlive(db, repositoryId, now)
    .$if(before !== undefined, (query) => query.where("id", "<", before ?? 0))
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
  return rows.map(toTombstone);
}

export async function findTombstone(
  db: Db,
  repositoryId: RepositoryId,
  key: { readonly digest: Digest; readonly now: Date },
): Promise<Tombstone | undefined> {
  const row = await selectAlive(db, repositoryId, key.now)
    .where("digest", "=", key.digest)
    .executeTakeFirst();
  return row && toTombstone(row);
}

/** Deleted manifests whose subject is `subject`: signatures and the like that went with it. */
export async function listTombstonesOfReferrers(
  db: Db,
  repositoryId: RepositoryId,
  key: {
    readonly subject: Digest;
    /** Not those that went before. */
    readonly since: Date;
    readonly now: Date;
    readonly limit: number;
  },
): Promise<readonly Digest[]> {
  const rows = await db
    .selectFrom("deleted_manifests")
    .select("digest")
    .where("repository_id", "=", repositoryId)
    .where("subject", "=", key.subject)
    .where("deleted_at", ">=", key.since.getTime())
    .where("until", ">", key.now.getTime())
    .limit(key.limit)
    .execute();
  return rows.map(({ digest }) => digest);
}

/** Takes away some of those whose grace is over, and answers how many. */
export async function removeOldTombstones(trx: Db, now: Date, limit: number): Promise<number> {
  const some = trx
    .selectFrom("deleted_manifests")
    .select("id")
    .where("until", "<=", now.getTime())
    .limit(limit);
  const result = await trx
    .deleteFrom("deleted_manifests")
    .where("id", "in", some)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

export async function deleteSomeTombstones(
  trx: Db,
  repositoryId: RepositoryId,
  limit: number,
): Promise<number> {
  const some = trx
    .selectFrom("deleted_manifests")
    .select("id")
    .where("repository_id", "=", repositoryId)
    .limit(limit);
  const result = await trx
    .deleteFrom("deleted_manifests")
    .where("id", "in", some)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

function selectAlive(db: Db, repositoryId: RepositoryId, now: Date) {
  return db
    .selectFrom("deleted_manifests")
    .selectAll()
    .where("repository_id", "=", repositoryId)
    .where("until", ">", now.getTime());
}

type Row = Awaited<ReturnType<ReturnType<typeof selectAlive>["executeTakeFirstOrThrow"]>>;

function toTombstone(row: Row): Tombstone {
  return {
    id: row.id,
    digest: row.digest,
    mediaType: row.media_type,
    subject: row.subject,
    payload: row.payload,
    tags: JSON.parse(row.tags) as Tag[],
    actor: row.actor,
    cause: row.cause,
    deletedAt: new Date(row.deleted_at),
    until: new Date(row.until),
  };
}
