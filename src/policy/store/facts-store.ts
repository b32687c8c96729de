import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { Tag } from "../../oci/tag.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { PolicyTables } from "../tables.ts";

type Db = Kysely<PolicyTables>;

const MOST_INDEXES = 1000;
const MOST_TAGS = 10_000;
const MOST_COMPANIONS = 100;

/** What was read, and whether there is more: whoever decides by it must not take the rest for nothing. */
export interface Cut<Item> {
  readonly items: readonly Item[];
  readonly isCut: boolean;
}

/** The indexes of the repository that list a manifest, the latest first. */
export async function listIndexesOf(
  db: Db,
  repositoryId: RepositoryId,
  digest: Digest,
): Promise<Cut<Digest>> {
  const rows = await db
    .selectFrom("manifest_references")
    .innerJoin("manifests", "manifests.id", "manifest_references.manifest_id")
    .select("manifests.digest")
    .where("manifest_references.repository_id", "=", repositoryId)
    .where("manifest_references.digest", "=", digest)
    .where("manifest_references.kind", "=", "child")
    .orderBy("manifests.id", "desc")
    .limit(MOST_INDEXES + 1)
    .execute();
  return cut(
    rows.map((row) => row.digest),
    MOST_INDEXES,
  );
}

/** The tags that name one of the manifests. */
export async function listTagsOf(
  db: Db,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<Cut<string>> {
  const rows = await db
    .selectFrom("manifests")
    .innerJoin("tags", "tags.manifest_id", "manifests.id")
    .select("tags.name")
    .where("manifests.repository_id", "=", repositoryId)
    .where("manifests.digest", "in", digests)
    .limit(MOST_TAGS + 1)
    .execute();
  return cut(
    rows.map((row) => row.name),
    MOST_TAGS,
  );
}

function cut<Item>(items: readonly Item[], most: number): Cut<Item> {
  return { items: items.slice(0, most), isCut: items.length > most };
}

/** Those of its tags that may say whose it is (`sha256-<hex>.sig`). */
export async function listCompanionTagsOf(
  db: Db,
  repositoryId: RepositoryId,
  digest: Digest,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("manifests")
    .innerJoin("tags", "tags.manifest_id", "manifests.id")
    .select("tags.name")
    .where("manifests.repository_id", "=", repositoryId)
    .where("manifests.digest", "=", digest)
    .where((is) =>
      is.or([
        is("tags.name", "like", "sha256-%" as Tag),
        is("tags.name", "like", "sha512-%" as Tag),
      ]),
    )
    .limit(MOST_COMPANIONS)
    .execute();
  return rows.map((row) => row.name);
}
