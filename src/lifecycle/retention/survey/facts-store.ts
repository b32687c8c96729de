import type { Kysely } from "kysely";
import type { Digest } from "../../../oci/digest.ts";
import { isIndexMediaType } from "../../../oci/media-type.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import type { RetentionCandidate } from "../judgement/candidate.ts";
import type { RetentionTables } from "../tables.ts";

type Db = Kysely<RetentionTables>;

/** A candidate with its row. */
export interface Facts extends RetentionCandidate {
  readonly manifestId: number;
  readonly mediaType: string;
}

const COLUMNS = [
  "tags.name",
  "tags.updated_at",
  "manifests.id",
  "manifests.digest",
  "manifests.media_type",
  "tag_pulls.pulled_at as by_name",
  "manifest_pulls.pulled_at as by_digest",
] as const;

function selectTags(db: Db) {
  return db
    .selectFrom("tags")
    .innerJoin("manifests", "manifests.id", "tags.manifest_id")
    .leftJoin("tag_pulls", (join) =>
      join
        .onRef("tag_pulls.repository_id", "=", "tags.repository_id")
        .onRef("tag_pulls.tag", "=", "tags.name"),
    )
    .leftJoin("manifest_pulls", "manifest_pulls.manifest_id", "manifests.id")
    .select([...COLUMNS]);
}

interface TagRow {
  readonly name: string;
  readonly updated_at: number;
  readonly id: number;
  readonly digest: Digest;
  readonly media_type: string;
  readonly by_name: number | null;
  readonly by_digest: number | null;
}

/** One page of tags in byte order, strictly after `last`. */
export async function listTagFacts(
  db: Db,
  repository: RepositoryId,
  { last, limit }: { readonly last: string; readonly limit: number },
): Promise<readonly Facts[]> {
  const rows = await selectTags(db)
    .where("tags.repository_id", "=", repository)
    .where("tags.name", ">", last as never)
    .orderBy("tags.name")
    .limit(limit)
    .execute();
  return await toFacts(db, repository, rows);
}

/** The tags of these manifests of the repository, which is not asked for: it would be searched whole, tag by tag. */
export async function listTagFactsOf(
  db: Db,
  repository: RepositoryId,
  manifests: readonly number[],
): Promise<readonly Facts[]> {
  if (manifests.length === 0) return [];
  const rows = await selectTags(db)
    .where("tags.manifest_id", "in", manifests as never)
    .execute();
  return await toFacts(db, repository, rows);
}

/** Only their names. */
export async function listTagsOf(db: Db, manifests: readonly number[]) {
  if (manifests.length === 0) return [];
  return await db
    .selectFrom("tags")
    .select(["name", "manifest_id"])
    .where("manifest_id", "in", manifests as never)
    .execute();
}

export async function findTagFacts(
  db: Db,
  repository: RepositoryId,
  tag: string,
): Promise<Facts | undefined> {
  const rows = await selectTags(db)
    .where("tags.repository_id", "=", repository)
    .where("tags.name", "=", tag as never)
    .execute();
  return (await toFacts(db, repository, rows))[0];
}

async function toFacts(
  db: Db,
  repository: RepositoryId,
  rows: readonly TagRow[],
): Promise<readonly Facts[]> {
  const pulls = await listPullsBelow(db, repository, rows);
  return rows.map((row) => ({
    tag: row.name,
    digest: row.digest,
    manifestId: row.id,
    mediaType: row.media_type,
    pushedAt: new Date(row.updated_at),
    pulledAt: latestOf(row.by_name, row.by_digest, pulls.get(row.id)),
    labels: undefined,
    heldBecause: undefined,
  }));
}

/** Who has an image for several platforms already pulls one of them by its digest: that is a pull of all of it. */
async function listPullsBelow(
  db: Db,
  repository: RepositoryId,
  rows: readonly Pick<TagRow, "id" | "media_type">[],
): Promise<ReadonlyMap<number, number>> {
  const indexes = rows.filter((row) => isIndexMediaType(row.media_type)).map(({ id }) => id);
  if (indexes.length === 0) return new Map();
  const found = await db
    .selectFrom("manifest_references")
    .innerJoin("manifests", "manifests.digest", "manifest_references.digest")
    .innerJoin("manifest_pulls", "manifest_pulls.manifest_id", "manifests.id")
    .select((is) => [
      "manifest_references.manifest_id as id",
      is.fn.max<number>("manifest_pulls.pulled_at").as("at"),
    ])
    .where("manifest_references.manifest_id", "in", indexes as never)
    .where("manifest_references.kind", "=", "child")
    .where("manifests.repository_id", "=", repository)
    .groupBy("manifest_references.manifest_id")
    .execute();
  return new Map(found.map(({ id, at }) => [id, Number(at)]));
}

function latestOf(...times: readonly (number | null | undefined)[]): Date | undefined {
  const latest = Math.max(...times.map((time) => time ?? 0));
  return latest === 0 ? undefined : new Date(latest);
}

/**
 * Manifests that nothing holds: without a tag, an index or a subject that is there, and not let go already. By digest,
 * strictly after `last`; `only` asks about some.
 */
export async function listUntaggedFacts(
  db: Db,
  repository: RepositoryId,
  page: { readonly last: string; readonly limit: number; readonly only?: readonly number[] },
): Promise<readonly Facts[]> {
  const { last, limit, only } = page;
  const rows = await selectHeldByNothing(db, repository)
    .where("manifests.digest", ">", last as Digest)
    .$if(only !== undefined, (query) => query.where("manifests.id", "in", only as never))
    .orderBy("manifests.digest")
    .limit(limit)
    .execute();
  const pulls = await listPullsBelow(db, repository, rows);
  return rows.map((row) => ({
    tag: undefined,
    digest: row.digest,
    manifestId: row.id,
    mediaType: row.media_type,
    pushedAt: new Date(row.pushed_at),
    pulledAt: latestOf(row.pulled_at, pulls.get(row.id)),
    labels: undefined,
    heldBecause: undefined,
  }));
}

function selectHeldByNothing(db: Db, repository: RepositoryId) {
  return db
    .selectFrom("manifests")
    .leftJoin("manifest_pulls", "manifest_pulls.manifest_id", "manifests.id")
    .select([
      "manifests.id",
      "manifests.digest",
      "manifests.media_type",
      "manifests.pushed_at",
      "manifest_pulls.pulled_at",
    ])
    .where("manifests.repository_id", "=", repository)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("tags").select("tags.name").whereRef("tags.manifest_id", "=", "manifests.id"),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("manifest_references")
            .select("manifest_references.manifest_id")
            .where("manifest_references.repository_id", "=", repository)
            .whereRef("manifest_references.digest", "=", "manifests.digest")
            .where("manifest_references.kind", "=", "child"),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("manifests as subjects")
            .select("subjects.id")
            .where("subjects.repository_id", "=", repository)
            .whereRef("subjects.digest", "=", "manifests.subject"),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("collection_queue")
            .select("collection_queue.digest")
            .where("collection_queue.kind", "=", "manifest")
            .where("collection_queue.repository_id", "=", repository)
            .whereRef("collection_queue.digest", "=", "manifests.digest")
            .where("collection_queue.is_released", "=", 1),
        ),
      ),
    );
}

/** Which of these are let go already, by an earlier removal. */
export async function listReleased(
  db: Db,
  repository: RepositoryId,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  if (digests.length === 0) return new Set();
  const rows = await db
    .selectFrom("collection_queue")
    .select("digest")
    .where("kind", "=", "manifest")
    .where("repository_id", "=", repository)
    .where("digest", "in", digests)
    .where("is_released", "=", 1)
    .execute();
  return new Set(rows.map(({ digest }) => digest));
}

export async function findManifestByDigest(
  db: Db,
  repository: RepositoryId,
  digest: Digest,
): Promise<number | undefined> {
  const row = await db
    .selectFrom("manifests")
    .select("id")
    .where("repository_id", "=", repository)
    .where("digest", "=", digest)
    .executeTakeFirst();
  return row?.id;
}

/** Where the history of the hub's tags has come to. */
export async function findLastEvent(db: Db): Promise<number> {
  const row = await db
    .selectFrom("tag_events")
    .select("id")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? 0;
}

export interface TagEvent {
  readonly tag: string;
  readonly isDeletion: boolean;
  /** The tag was there before, and still is. */
  readonly isMove: boolean;
  /** Of retention itself. */
  readonly isOwn: boolean;
}

const EVENTS = 5000;

/** What happened to tags of the repository behind that event of the hub, and how far that is. */
export async function readEventsSince(
  db: Db,
  repository: RepositoryId,
  event: number,
): Promise<{ readonly events: readonly TagEvent[]; readonly last: number }> {
  const events: TagEvent[] = [];
  for (let last = event; ; ) {
    // By id alone: what came lately is little, and what the repository ever saw may be much.
    const rows = await db
      .selectFrom("tag_events")
      .select(["id", "tag", "from_digest", "to_digest", "cause", "repository_id"])
      .where("id", ">", last)
      .orderBy("id")
      .limit(EVENTS)
      .execute();
    for (const { repository_id: where, tag, from_digest: from, to_digest: to, cause } of rows) {
      if (where !== repository) continue;
      const [isDeletion, isMove] = [to === null, from !== null && to !== null];
      events.push({ tag, isDeletion, isMove, isOwn: cause === "retention" });
    }
    last = rows.at(-1)?.id ?? last;
    if (rows.length < EVENTS) return { events, last };
  }
}

/** The youngest manifest of the hub. */
export async function findLastManifest(db: Db): Promise<number> {
  const row = await db
    .selectFrom("manifests")
    .select("id")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? 0;
}
