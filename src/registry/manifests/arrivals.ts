import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { ManifestId, RegistryTables } from "../store/tables.ts";

type Db = Kysely<RegistryTables>;

/** A manifest that came into a repository, by whatever way. */
export interface ArrivedManifest {
  /** Grows with each that comes. */
  readonly id: ManifestId;
  readonly digest: Digest;
}

/** For those who follow what comes into the registry: manifests in the order of their coming. */
export async function listArrivals(
  db: Db,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly ArrivedManifest[]> {
  return await db
    .selectFrom("manifests")
    .select(["id", "digest"])
    .where("id", ">", after as ManifestId)
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** The manifest of that digest, in whichever repository it is: its bytes are the same in all. */
export async function findAnyManifest(
  db: Db,
  digest: Digest,
): Promise<{ readonly mediaType: string; readonly payload: Uint8Array } | undefined> {
  return await db
    .selectFrom("manifests")
    .select(["media_type as mediaType", "payload"])
    .where("digest", "=", digest)
    .limit(1)
    .executeTakeFirst();
}
