import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { Tag } from "../../oci/tag.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";

type Db = Kysely<LifecycleTables>;

/** The newest release an alias has stood for; `isSettled` unless others may have come meanwhile. */
export async function findMark(
  db: Db,
  repository: RepositoryId,
  alias: Tag,
): Promise<{ readonly release: Tag; readonly isSettled: boolean } | undefined> {
  const row = await db
    .selectFrom("tag_aliases")
    .select(["release", "is_settled"])
    .where("repository_id", "=", repository)
    .where("alias", "=", alias)
    .executeTakeFirst();
  return row && { release: row.release, isSettled: row.is_settled === 1 };
}

export async function saveMark(
  trx: Db,
  repository: RepositoryId,
  { alias, release }: { alias: Tag; release: Tag },
): Promise<void> {
  await trx
    .insertInto("tag_aliases")
    .values({ repository_id: repository, alias, release, is_settled: 1 })
    .onConflict((conflict) =>
      conflict.columns(["repository_id", "alias"]).doUpdateSet({ release, is_settled: 1 }),
    )
    .execute();
}

/** What the registry made of the tag last. */
export async function findAssembled(
  db: Db,
  repository: RepositoryId,
  tag: Tag,
): Promise<Digest | undefined> {
  const row = await db
    .selectFrom("assembled_tags")
    .select("digest")
    .where("repository_id", "=", repository)
    .where("tag", "=", tag)
    .executeTakeFirst();
  return row?.digest;
}

export async function saveAssembled(
  trx: Db,
  repository: RepositoryId,
  { tag, digest }: { tag: Tag; digest: Digest },
): Promise<void> {
  await trx
    .insertInto("assembled_tags")
    .values({ repository_id: repository, tag, digest })
    .onConflict((conflict) => conflict.columns(["repository_id", "tag"]).doUpdateSet({ digest }))
    .execute();
}
