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
    .leftJoin("manifest_references", (join) =>
      join
        .onRef("manifest_references.digest", "=", "manifests.digest")
        .on("manifest_references.repository_id", "=", repository)
        .on("manifest_references.kind", "=", "child"),
    )
    .select([
      "manifests.id",
      "manifests.digest",
      "subjects.id as subject",
      "manifest_references.manifest_id as parent",
    ])
    .where("manifests.id", "in", ids as never)
    .execute();
  const found = new Map<number, Ties & { readonly parents: number[] }>();
  for (const { id, digest, subject, parent } of rows) {
    const ties = found.get(id) ?? { id, digest, parents: [], subject: subject ?? undefined };
    found.set(id, ties);
    if (parent !== null) ties.parents.push(parent);
  }
  return [...found.values()];
}

/** What hangs below these: children of indexes, and referrers. */
export async function listBelow(
  db: Db,
  repository: RepositoryId,
  manifests: readonly { readonly id: number; readonly digest: Digest }[],
): Promise<readonly { readonly above: number; readonly id: number; readonly digest: Digest }[]> {
  if (manifests.length === 0) return [];
  // A cross join keeps its order in SQLite, which would begin with every manifest of the repository.
  const children = await db
    .selectFrom("manifest_references")
    .crossJoin("manifests")
    .select(["manifest_references.manifest_id as above", "manifests.id", "manifests.digest"])
    .where(
      "manifest_references.manifest_id",
      "in",
      manifests.map(({ id }) => id as never),
    )
    .where("manifest_references.kind", "=", "child")
    .whereRef("manifests.digest", "=", "manifest_references.digest")
    .where("manifests.repository_id", "=", repository)
    .execute();
  const referrers = await db
    .selectFrom("manifests")
    .crossJoin("manifests as below")
    .select(["manifests.id as above", "below.id", "below.digest"])
    .where(
      "manifests.id",
      "in",
      manifests.map(({ id }) => id as never),
    )
    .whereRef("below.subject", "=", "manifests.digest")
    .where("below.repository_id", "=", repository)
    .execute();
  return [...children, ...referrers];
}

/** What it lives as long as. */
export function listHolders({ parents, subject }: Ties): readonly number[] {
  return subject === undefined ? parents : [...parents, subject];
}
