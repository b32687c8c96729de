import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { BlobId } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import type { Scope } from "./scopes.ts";

type Db = Kysely<LifecycleTables>;

/** Of these scopes, those that hold the blob already: bringing it again takes no room there. */
export async function listHolders(
  db: Db,
  scopes: readonly Scope[],
  blob: { readonly digest: Digest; readonly size: number },
): Promise<ReadonlySet<Scope>> {
  const row = await db
    .selectFrom("blobs")
    .select(["id", "size"])
    .where("digest", "=", blob.digest)
    .executeTakeFirst();
  const holders = new Set<Scope>();
  if (row === undefined || Number(row.size) !== blob.size) return holders;
  for (const scope of scopes) if (await holds(db, scope, row.id)) holders.add(scope);
  return holders;
}

async function holds(db: Db, { kind, id }: Scope, blob: BlobId): Promise<boolean> {
  if (kind === "namespace") {
    const row = await db
      .selectFrom("namespace_blobs")
      .select("blob_id")
      .where("namespace_id", "=", id)
      .where("blob_id", "=", blob)
      .executeTakeFirst();
    return row !== undefined;
  }
  const link = await db
    .selectFrom("repository_blobs")
    .select("blob_id")
    .where("blob_id", "=", blob)
    .$if(kind === "repository", (query) => query.where("repository_id", "=", id as RepositoryId))
    .limit(1)
    .executeTakeFirst();
  return link !== undefined;
}
