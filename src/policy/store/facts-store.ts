import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { PolicyScope } from "../policy.ts";
import type { PolicyTables } from "../tables.ts";

type Db = Kysely<PolicyTables>;

const MOST = 100;

/** The indexes of the repository that list a manifest. */
export async function listIndexesOf(
  db: Db,
  repositoryId: RepositoryId,
  digest: Digest,
): Promise<readonly Digest[]> {
  const rows = await db
    .selectFrom("manifest_references")
    .innerJoin("manifests", "manifests.id", "manifest_references.manifest_id")
    .select("manifests.digest")
    .where("manifest_references.repository_id", "=", repositoryId)
    .where("manifest_references.digest", "=", digest)
    .where("manifest_references.kind", "=", "child")
    .limit(MOST)
    .execute();
  return rows.map((row) => row.digest);
}

/** The tags that name one of the manifests. */
export async function listTagsOf(
  db: Db,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("manifests")
    .innerJoin("tags", "tags.manifest_id", "manifests.id")
    .select("tags.name")
    .where("manifests.repository_id", "=", repositoryId)
    .where("manifests.digest", "in", digests)
    .limit(1000)
    .execute();
  return rows.map((row) => row.name);
}

/** The layers of each image that the tags of a repository name, from the bottom; of indexes those of their images. */
export async function listLayersOf(
  db: Db,
  name: string,
  matches: (tag: string) => boolean,
): Promise<readonly (readonly Digest[])[]> {
  const rows = await db
    .selectFrom("tags")
    .innerJoin("repositories", "repositories.id", "tags.repository_id")
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .select(["tags.name as tag", "manifests.repository_id as repositoryId"])
    .select(["manifests.media_type as mediaType", "manifests.payload"])
    .where("repositories.name", "=", name as never)
    .orderBy("tags.updated_at", "desc")
    .limit(500)
    .execute();
  const images: (readonly Digest[])[] = [];
  for (const row of rows.filter(({ tag }) => matches(tag))) {
    const manifest = parseManifest({ bytes: row.payload, contentType: row.mediaType });
    if (manifest.kind === "image") images.push(manifest.layers.map(({ digest }) => digest));
    const children = manifest.children.map(({ digest }) => digest).slice(0, MOST);
    if (children.length > 0)
      images.push(...(await listLayersByDigest(db, row.repositoryId, children)));
  }
  return images;
}

async function listLayersByDigest(
  db: Db,
  repositoryId: RepositoryId,
  digests: readonly Digest[],
): Promise<readonly (readonly Digest[])[]> {
  const rows = await db
    .selectFrom("manifests")
    .select(["media_type as mediaType", "payload"])
    .where("repository_id", "=", repositoryId)
    .where("digest", "in", digests)
    .execute();
  return rows.map(({ mediaType, payload }) =>
    parseManifest({ bytes: payload, contentType: mediaType }).layers.map(({ digest }) => digest),
  );
}

export interface PulledImage {
  readonly repository: string;
  readonly digest: Digest;
  readonly pulls: number;
  readonly accounts: readonly string[];
}

/** What was pulled since, the most pulled first, as it was called then. */
export async function listPulled(
  db: Db,
  {
    since,
    limit,
    scope,
  }: { readonly since: Date; readonly limit: number; readonly scope: PolicyScope },
): Promise<readonly PulledImage[]> {
  const rows = await db
    .selectFrom("pull_hours")
    .select(["repository", "digest"])
    .select((is) => is.fn.sum<number>("pulls").as("pulls"))
    .where("hour", ">=", since.getTime())
    .where("pulls", ">", 0)
    .$if(scope.kind === "repository", (query) =>
      query.where("repository", "=", scope.name as never),
    )
    .$if(scope.kind === "namespace", (query) => query.where("namespace_id", "=", scope.id as never))
    .groupBy(["repository", "digest"])
    .orderBy("pulls", "desc")
    .limit(limit)
    .execute();
  return rows.map(({ repository, digest, pulls }) => ({
    ...{ repository, digest: digest as Digest, pulls: Number(pulls), accounts: [] },
  }));
}

export async function listPullers(
  db: Db,
  { repository, digest }: Pick<PulledImage, "repository" | "digest">,
  since: Date,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("pull_hours")
    .select("account")
    .distinct()
    .where("repository", "=", repository as never)
    .where("digest", "=", digest)
    .where("hour", ">=", since.getTime())
    .limit(10)
    .execute();
  return rows.map(({ account }) => account);
}
