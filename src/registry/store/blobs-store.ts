import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BlobId, BlobState, RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;

export interface BlobRow {
  readonly id: BlobId;
  readonly digest: Digest;
  readonly size: number;
  readonly state: BlobState;
}

/** The size of a blob that `repository` may read; undefined if it has no such right or the blob is not live. */
export async function findReadableBlob(
  db: Db,
  repository: RepositoryName,
  digest: Digest,
): Promise<{ id: BlobId; size: number; repositoryId: RepositoryId } | undefined> {
  return await db
    .selectFrom("blobs")
    .innerJoin("repository_blobs", "repository_blobs.blob_id", "blobs.id")
    .innerJoin("repositories", "repositories.id", "repository_blobs.repository_id")
    .select(["blobs.id", "blobs.size", "repositories.id as repositoryId"])
    .where("blobs.digest", "=", digest)
    .where("blobs.state", "=", "live")
    .where("repositories.name", "=", repository)
    .executeTakeFirst();
}

export async function findBlob(db: Db, digest: Digest): Promise<BlobRow | undefined> {
  return await db
    .selectFrom("blobs")
    .select(["id", "digest", "size", "state"])
    .where("digest", "=", digest)
    .executeTakeFirst();
}

/** Records that the bytes are in place and checked; a quarantined or doomed blob is live again. */
export async function recordLiveBlob(
  trx: Db,
  blob: { digest: Digest; size: number },
  now: Date,
): Promise<BlobId> {
  const live = { size: blob.size, state: "live" as const, state_since: now.getTime() };
  const row = await trx
    .insertInto("blobs")
    .values({ digest: blob.digest, ...live })
    .onConflict((conflict) => conflict.column("digest").doUpdateSet(live))
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Records a blob that lies in the store already; one that is known keeps its state, a quarantined one stays so. */
export async function recordFoundBlob(
  trx: Db,
  blob: { digest: Digest; size: number },
  now: Date,
): Promise<BlobId> {
  const known = await findBlob(trx, blob.digest);
  return known?.id ?? (await recordLiveBlob(trx, blob, now));
}

export async function setBlobState(
  trx: Db,
  id: BlobId,
  change: { state: BlobState; now: Date },
): Promise<void> {
  await trx
    .updateTable("blobs")
    .set({ state: change.state, state_since: change.now.getTime() })
    .where("id", "=", id)
    .execute();
}

export async function deleteBlob(trx: Db, id: BlobId): Promise<void> {
  await trx.deleteFrom("blobs").where("id", "=", id).execute();
}

export async function linkBlob(trx: Db, repository: RepositoryId, blob: BlobId): Promise<void> {
  await trx
    .insertInto("repository_blobs")
    .values({ repository_id: repository, blob_id: blob })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** True if there was a link to remove. */
export async function unlinkBlob(
  trx: Db,
  repository: RepositoryId,
  blob: BlobId,
): Promise<boolean> {
  const result = await trx
    .deleteFrom("repository_blobs")
    .where("repository_id", "=", repository)
    .where("blob_id", "=", blob)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Some repositories that may read the blob, for a mount that names no source. */
export async function listRepositoriesWithBlob(
  db: Db,
  digest: Digest,
  limit: number,
): Promise<readonly RepositoryName[]> {
  const rows = await db
    .selectFrom("blobs")
    .innerJoin("repository_blobs", "repository_blobs.blob_id", "blobs.id")
    .innerJoin("repositories", "repositories.id", "repository_blobs.repository_id")
    .select("repositories.name")
    .where("blobs.digest", "=", digest)
    .where("blobs.state", "=", "live")
    .limit(limit)
    .execute();
  return rows.map((row) => row.name);
}

/** Of `digests`, those that the repository may read now. */
export async function filterReadableDigests(
  db: Db,
  repository: RepositoryId,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const readable = new Set<Digest>();
  for (let start = 0; start < digests.length; start += 500) {
    const rows = await db
      .selectFrom("blobs")
      .innerJoin("repository_blobs", "repository_blobs.blob_id", "blobs.id")
      .select("blobs.digest")
      .where("repository_blobs.repository_id", "=", repository)
      .where("blobs.state", "=", "live")
      .where("blobs.digest", "in", digests.slice(start, start + 500))
      .execute();
    for (const row of rows) readable.add(row.digest);
  }
  return readable;
}

/** True while anything needs the bytes: a repository's right, or a manifest of any repository. */
export async function isBlobNeeded(db: Db, blob: BlobRow): Promise<boolean> {
  const link = await db
    .selectFrom("repository_blobs")
    .select("blob_id")
    .where("blob_id", "=", blob.id)
    .limit(1)
    .executeTakeFirst();
  if (link !== undefined) return true;
  const manifest = await db
    .selectFrom("manifests")
    .select("id")
    .where("digest", "=", blob.digest)
    .limit(1)
    .executeTakeFirst();
  return manifest !== undefined;
}

/** Blobs that collection has given up, and whose removal is not finished. */
export async function listDoomedBlobs(
  db: Db,
  limit: number,
): Promise<readonly { digest: Digest }[]> {
  return await db
    .selectFrom("blobs")
    .select("digest")
    .where("state", "=", "doomed")
    .where("state", "!=", "live")
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** One page of live blobs, by id, after `after`. */
export async function listLiveBlobs(
  db: Db,
  page: { after: number; limit: number },
): Promise<readonly BlobRow[]> {
  return await db
    .selectFrom("blobs")
    .select(["id", "digest", "size", "state"])
    .where("id", ">", page.after as BlobId)
    .where("state", "=", "live")
    .orderBy("id")
    .limit(page.limit)
    .execute();
}
