import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BlobId, BlobState, RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;

export interface BlobRow {
  readonly id: BlobId;
  readonly digest: Digest;
  readonly size: number;
  readonly state: BlobState;
}

const selectReadable = prepareQuery((db: Db, key: { repository: RepositoryName; digest: Digest }) =>
  db
    .selectFrom("blobs")
    .innerJoin("repository_blobs", "repository_blobs.blob_id", "blobs.id")
    .innerJoin("repositories", "repositories.id", "repository_blobs.repository_id")
    .select(["blobs.id", "blobs.size", "repositories.id as repositoryId"])
    .where("blobs.digest", "=", key.digest)
    .where("blobs.state", "=", "live")
    .where("repositories.name", "=", key.repository),
);

/** The size of a blob that `repository` may read; undefined if it has no such right or the blob is not live. */
export async function findReadableBlob(
  db: Db,
  repository: RepositoryName,
  digest: Digest,
): Promise<{ id: BlobId; size: number; repositoryId: RepositoryId } | undefined> {
  return (await selectReadable(db, { repository, digest })).rows[0];
}

const selectBlob = prepareQuery((db: Db, key: { digest: Digest }) =>
  db.selectFrom("blobs").select(["id", "digest", "size", "state"]).where("digest", "=", key.digest),
);

export async function findBlob(db: Db, digest: Digest): Promise<BlobRow | undefined> {
  return (await selectBlob(db, { digest })).rows[0];
}

const upsertLive = prepareQuery((trx: Db, blob: { digest: Digest; size: number; now: number }) =>
  trx
    .insertInto("blobs")
    .values({ digest: blob.digest, size: blob.size, state: "live", state_since: blob.now })
    .onConflict((conflict) =>
      conflict
        .column("digest")
        .doUpdateSet({ size: blob.size, state: "live", state_since: blob.now }),
    )
    .returning("id"),
);

/** Records that the bytes are in place and checked; a quarantined or doomed blob is live again. */
export async function recordLiveBlob(
  trx: Db,
  blob: { digest: Digest; size: number },
  now: Date,
): Promise<BlobId> {
  const { rows } = await upsertLive(trx, { ...blob, now: now.getTime() });
  const id = rows[0]?.id;
  if (id === undefined) throw new Error("the database gave the blob no id");
  return id;
}

const upsertDue = prepareQuery((trx: Db, blob: { digest: Digest; size: number; now: number }) =>
  trx
    .insertInto("blobs")
    .values({ digest: blob.digest, size: blob.size, state: "due", state_since: blob.now })
    .onConflict((conflict) =>
      conflict
        .column("digest")
        .doUpdateSet({ size: blob.size, state: "due", state_since: blob.now })
        .where("blobs.state", "!=", "live"),
    ),
);

/** Records that a manifest's copy in the blob store has to be written, unless it is there already. */
export async function recordDueCopy(
  trx: Db,
  copy: { digest: Digest; size: number },
  now: Date,
): Promise<void> {
  await upsertDue(trx, { ...copy, now: now.getTime() });
}

/** Some manifests whose copies have to be written, with their bytes. A manifest that is gone needs none. */
export async function listDueCopies(
  db: Db,
  limit: number,
): Promise<readonly { digest: Digest; payload: Uint8Array }[]> {
  return await db
    .selectFrom("blobs")
    .innerJoin("manifests", "manifests.digest", "blobs.digest")
    .select(["blobs.digest", "manifests.payload"])
    .where("blobs.state", "=", "due")
    .where("blobs.state", "!=", "live")
    .groupBy("blobs.id")
    .orderBy("blobs.id")
    .limit(limit)
    .execute();
}

/** The copies are in place, unless something else has become of them since. */
export async function recordWrittenCopies(
  trx: Db,
  digests: readonly Digest[],
  now: Date,
): Promise<void> {
  if (digests.length === 0) return;
  await trx
    .updateTable("blobs")
    .set({ state: "live", state_since: now.getTime() })
    .where("digest", "in", digests)
    .where("state", "=", "due")
    .execute();
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

const insertLink = prepareQuery((trx: Db, link: { repository: RepositoryId; blob: BlobId }) =>
  trx
    .insertInto("repository_blobs")
    .values({ repository_id: link.repository, blob_id: link.blob })
    .onConflict((conflict) => conflict.doNothing()),
);

export async function linkBlob(trx: Db, repository: RepositoryId, blob: BlobId): Promise<void> {
  await insertLink(trx, { repository, blob });
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

/** Most manifests name no more blobs than that: then one prepared query, filled up with the last digest, is enough. */
const FEW = 8;

const selectFewReadable = prepareQuery(
  (db: Db, key: { repository: RepositoryId } & Record<number, Digest>) =>
    selectReadableAmong(
      db,
      key.repository,
      Array.from({ length: FEW }, (_, index) => key[index] as Digest),
    ),
);

/** Not a join: SQLite would begin with all blobs of the repository, of which there may be a million. */
export function selectReadableAmong(db: Db, repository: RepositoryId, digests: readonly Digest[]) {
  return db
    .selectFrom("blobs")
    .select("blobs.digest")
    .where("blobs.state", "=", "live")
    .where("blobs.digest", "in", digests)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom("repository_blobs")
          .select("repository_blobs.blob_id")
          .where("repository_blobs.repository_id", "=", repository)
          .whereRef("repository_blobs.blob_id", "=", "blobs.id"),
      ),
    );
}

/** Of `digests`, those that the repository may read now. */
export async function filterReadableDigests(
  db: Db,
  repository: RepositoryId,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  if (digests.length === 0) return new Set();
  if (digests.length <= FEW) {
    const filled = Array.from({ length: FEW }, (_, index) => digests[index] ?? digests.at(-1));
    const { rows } = await selectFewReadable(db, { repository, ...(filled as Digest[]) });
    return new Set(rows.map((row) => row.digest));
  }
  const readable = new Set<Digest>();
  for (let start = 0; start < digests.length; start += 500) {
    const some = digests.slice(start, start + 500);
    for (const row of await selectReadableAmong(db, repository, some).execute())
      readable.add(row.digest);
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
