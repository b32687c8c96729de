import type { Insertable, Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { Tag } from "../../oci/tag.ts";
import { prepareQuery, readNames } from "../../platform/db/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { ManifestId, RegistryTables, TagCause } from "./tables.ts";

type Db = Kysely<RegistryTables>;

export interface TagRow {
  readonly manifestId: ManifestId;
  readonly digest: Digest;
}

const selectTag = prepareQuery((db: Db, key: { repository: RepositoryId; tag: Tag }) =>
  db
    .selectFrom("tags")
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .select(["tags.manifest_id as manifestId", "manifests.digest"])
    .where("tags.repository_id", "=", key.repository)
    .where("tags.name", "=", key.tag),
);

export async function findTag(
  db: Db,
  repository: RepositoryId,
  tag: Tag,
): Promise<TagRow | undefined> {
  return (await selectTag(db, { repository, tag })).rows[0];
}

export interface TagMove {
  readonly repositoryId: RepositoryId;
  readonly tag: Tag;
  readonly from: Digest | undefined;
  /** Undefined when the tag is deleted. */
  readonly to: { readonly manifestId: ManifestId; readonly digest: Digest } | undefined;
  readonly by: Mover;
  readonly now: Date;
}

/** Who moves a tag, and why. */
export interface Mover {
  readonly actor: string;
  readonly token?: string | undefined;
  readonly cause: TagCause;
}

const upsertTag = prepareQuery((trx: Db, tag: RegistryTables["tags"]) =>
  trx
    .insertInto("tags")
    .values({
      repository_id: tag.repository_id,
      name: tag.name,
      manifest_id: tag.manifest_id,
      updated_at: tag.updated_at,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["repository_id", "name"])
        .doUpdateSet({ manifest_id: tag.manifest_id, updated_at: tag.updated_at }),
    ),
);

const insertTagEvent = prepareQuery(
  (trx: Db, event: Omit<Insertable<RegistryTables["tag_events"]>, "id">) =>
    trx.insertInto("tag_events").values({
      repository_id: event.repository_id,
      tag: event.tag,
      from_digest: event.from_digest,
      to_digest: event.to_digest,
      actor: event.actor,
      at: event.at,
      cause: event.cause,
      token: event.token,
    }),
);

/** The same image was pushed once more: what goes by a tag's age begins anew. It is no move. */
export async function touchTag(
  trx: Db,
  touched: { readonly repositoryId: RepositoryId; readonly tag: Tag; readonly now: Date },
): Promise<void> {
  await trx
    .updateTable("tags")
    .set({ updated_at: touched.now.getTime() })
    .where("repository_id", "=", touched.repositoryId)
    .where("name", "=", touched.tag)
    .where("updated_at", "<", touched.now.getTime())
    .execute();
}

/** Moves, creates or deletes a tag and writes the move into its history. */
export async function moveTag(trx: Db, move: TagMove): Promise<void> {
  const { repositoryId, tag, to, now } = move;
  if (to === undefined) {
    await trx
      .deleteFrom("tags")
      .where("repository_id", "=", repositoryId)
      .where("name", "=", tag)
      .execute();
  } else {
    await upsertTag(trx, {
      repository_id: repositoryId,
      name: tag,
      manifest_id: to.manifestId,
      updated_at: now.getTime(),
    });
  }
  await insertTagEvent(trx, {
    repository_id: repositoryId,
    tag,
    from_digest: move.from ?? null,
    to_digest: to?.digest ?? null,
    actor: move.by.actor,
    at: now.getTime(),
    cause: move.by.cause,
    token: move.by.token ?? null,
  });
}

/** For a tag that is put back as it was. */
export async function setTagTime(
  trx: Db,
  { repositoryId, tag, updatedAt }: { repositoryId: RepositoryId; tag: Tag; updatedAt: Date },
): Promise<void> {
  await trx
    .updateTable("tags")
    .set({ updated_at: updatedAt.getTime() })
    .where("repository_id", "=", repositoryId)
    .where("name", "=", tag)
    .execute();
}

/** One page of tag names in byte order, strictly after `last`. */
export async function listTagNames(
  db: Db,
  repository: RepositoryId,
  page: { last: string | undefined; limit: number },
): Promise<readonly Tag[]> {
  const { last, limit } = page;
  const names = db
    .selectFrom("tags")
    .select("name")
    .where("repository_id", "=", repository)
    .$if(last !== undefined, (query) => query.where("name", ">", last as Tag))
    .orderBy("name")
    .limit(limit);
  return (await readNames(db, names)) as Tag[];
}

/** One page of the names strictly between two, the last one first. */
export async function listTagNamesBelow(
  db: Db,
  repository: RepositoryId,
  page: { readonly from: string; readonly below: string; readonly limit: number },
): Promise<readonly Tag[]> {
  const names = db
    .selectFrom("tags")
    .select("name")
    .where("repository_id", "=", repository)
    .where("name", ">", page.from as Tag)
    .where("name", "<", page.below as Tag)
    .orderBy("name", "desc")
    .limit(page.limit);
  return (await readNames(db, names)) as Tag[];
}

export async function listTagsOfManifest(db: Db, manifest: ManifestId): Promise<readonly Tag[]> {
  const rows = await db
    .selectFrom("tags")
    .select("name")
    .where("manifest_id", "=", manifest)
    .execute();
  return rows.map((row) => row.name);
}

/** Tags of the manifest, and of every index above it, however deep. */
export async function listTagsAbove(
  db: Db,
  repository: RepositoryId,
  digest: Digest,
): Promise<readonly Tag[]> {
  const rows = await db
    .withRecursive("above", (above) =>
      above
        .selectFrom("manifests")
        .select(["manifests.id", "manifests.digest"])
        .where("manifests.repository_id", "=", repository)
        .where("manifests.digest", "=", digest)
        .union(
          above
            .selectFrom("above")
            .innerJoin("manifest_references", "manifest_references.digest", "above.digest")
            .innerJoin("manifests", "manifests.id", "manifest_references.manifest_id")
            .select(["manifests.id", "manifests.digest"])
            .where("manifest_references.repository_id", "=", repository)
            .where("manifest_references.kind", "=", "child"),
        ),
    )
    .selectFrom("above")
    .innerJoin("tags", "tags.manifest_id", "above.id")
    .select("tags.name")
    .execute();
  return rows.map((row) => row.name);
}

/** When the tag last moved, deletions included; undefined for a tag that never was. */
export async function findTagTime(
  db: Db,
  repository: RepositoryId,
  tag: Tag,
): Promise<Date | undefined> {
  const row = await db
    .selectFrom("tag_events")
    .select("at")
    .where("repository_id", "=", repository)
    .where("tag", "=", tag)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : new Date(row.at);
}

/** Tags whose manifest is not there, as `repository:tag`; the database's own rules should make this empty. */
export async function listDanglingTags(db: Db, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("tags")
    .leftJoin("manifests", "manifests.id", "tags.manifest_id")
    .leftJoin("repositories", "repositories.id", "tags.repository_id")
    .select(["repositories.name as repository", "tags.name as tag"])
    .where("manifests.id", "is", null)
    .limit(limit)
    .execute();
  return rows.map(({ repository, tag }) => `${repository ?? "?"}:${tag}`);
}
