import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BlobId, ManifestId, RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** Takes away some tags and answers how many; what a repository's tags were is of no use once it is gone. */
export async function deleteSomeTags(
  trx: Db,
  repository: RepositoryId,
  limit: number,
): Promise<number> {
  const some = trx
    .selectFrom("tags")
    .select("name")
    .where("repository_id", "=", repository)
    .limit(limit);
  const result = await trx
    .deleteFrom("tags")
    .where("repository_id", "=", repository)
    .where("name", "in", some)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

export async function deleteSomeTagEvents(
  trx: Db,
  repository: RepositoryId,
  limit: number,
): Promise<number> {
  const some = trx
    .selectFrom("tag_events")
    .select("id")
    .where("repository_id", "=", repository)
    .limit(limit);
  const result = await trx.deleteFrom("tag_events").where("id", "in", some).executeTakeFirst();
  return Number(result.numDeletedRows);
}

export async function listSomeManifests(
  db: Db,
  repository: RepositoryId,
  limit: number,
): Promise<readonly { id: ManifestId; digest: Digest }[]> {
  return await db
    .selectFrom("manifests")
    .select(["id", "digest"])
    .where("repository_id", "=", repository)
    .limit(limit)
    .execute();
}

export async function listSomeLinks(
  db: Db,
  repository: RepositoryId,
  limit: number,
): Promise<readonly { id: BlobId; digest: Digest }[]> {
  return await db
    .selectFrom("repository_blobs")
    .innerJoin("blobs", "blobs.id", "repository_blobs.blob_id")
    .select(["blobs.id", "blobs.digest"])
    .where("repository_blobs.repository_id", "=", repository)
    .limit(limit)
    .execute();
}

/** What collection was to look at in the repository, which is being emptied without it. */
export async function deleteSomeCandidates(
  trx: Db,
  repository: RepositoryId,
  limit: number,
): Promise<number> {
  const some = trx
    .selectFrom("collection_queue")
    .select(["kind", "digest"])
    .where("repository_id", "=", repository)
    .where("kind", "in", ["link", "manifest"])
    .limit(limit);
  const rows = await some.execute();
  for (const { kind, digest } of rows) {
    await trx
      .deleteFrom("collection_queue")
      .where("kind", "=", kind)
      .where("repository_id", "=", repository)
      .where("digest", "=", digest)
      .execute();
  }
  return rows.length;
}
