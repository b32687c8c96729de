import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";

type Db = Kysely<RegistryTables>;

/** How manifests of one repository hang together. */
export interface Ties {
  readonly id: number;
  readonly digest: Digest;
  /** Indexes that name it. */
  readonly parents: readonly number[];
  /** What it belongs to, if that is there. */
  readonly subject: number | undefined;
}

export async function listTies(
  db: Db,
  repository: RepositoryId,
  ids: readonly number[],
): Promise<readonly Ties[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom("manifests")
    .leftJoin("manifests as subjects", (join) =>
      join
        .onRef("subjects.digest", "=", "manifests.subject")
        .onRef("subjects.repository_id", "=", "manifests.repository_id"),
    )
    .select(["manifests.id", "manifests.digest", "subjects.id as subject"])
    .where("manifests.id", "in", ids as never)
    .execute();
  const references = await db
    .selectFrom("manifest_references")
    .select(["digest", "manifest_id"])
    .where("repository_id", "=", repository)
    .where(
      "digest",
      "in",
      rows.map(({ digest }) => digest),
    )
    .where("kind", "=", "child")
    .execute();
  const parents = Map.groupBy(references, ({ digest }) => digest);
  return rows.map(({ id, digest, subject }) => ({
    id,
    digest,
    parents: (parents.get(digest) ?? []).map((one) => one.manifest_id),
    subject: subject ?? undefined,
  }));
}

/** What hangs below these: children of indexes, and referrers. */
export async function listBelow(
  db: Db,
  repository: RepositoryId,
  manifests: readonly { readonly id: number; readonly digest: Digest }[],
): Promise<readonly { readonly above: number; readonly id: number; readonly digest: Digest }[]> {
  if (manifests.length === 0) return [];
  const children = await db
    .selectFrom("manifest_references")
    .innerJoin("manifests", "manifests.digest", "manifest_references.digest")
    .select(["manifest_references.manifest_id as above", "manifests.id", "manifests.digest"])
    .where(
      "manifest_references.manifest_id",
      "in",
      manifests.map(({ id }) => id as never),
    )
    .where("manifest_references.kind", "=", "child")
    .where("manifests.repository_id", "=", repository)
    .execute();
  const ids = new Map(manifests.map(({ id, digest }) => [digest, id]));
  const referrers = await db
    .selectFrom("manifests")
    .select(["id", "digest", "subject"])
    .where("repository_id", "=", repository)
    .where("subject", "in", [...ids.keys()])
    .execute();
  const below = referrers.map(({ id, digest, subject }) => ({
    above: ids.get(subject as Digest) ?? 0,
    id,
    digest,
  }));
  return [...children, ...below];
}

/** What it lives as long as. */
export function listHolders({ parents, subject }: Ties): readonly number[] {
  return subject === undefined ? parents : [...parents, subject];
}
