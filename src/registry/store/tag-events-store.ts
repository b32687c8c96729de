import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { Tag } from "../../oci/tag.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { RegistryTables, TagCause } from "./tables.ts";

type Db = Kysely<RegistryTables>;

/** One move of a tag. */
export interface TagEvent {
  readonly id: number;
  readonly tag: Tag;
  readonly from: Digest | null;
  /** Null when it was deleted. */
  readonly to: Digest | null;
  readonly actor: string;
  readonly token: string | null;
  readonly cause: TagCause;
  readonly at: Date;
}

/** The moves of a tag, the latest first, strictly before the one with the id `before`. */
export async function listTagEvents(
  db: Db,
  of: { readonly repositoryId: RepositoryId; readonly tag: Tag },
  page: { readonly before: number | undefined; readonly limit: number },
): Promise<readonly TagEvent[]> {
  const rows = await selectEvents(db)
    .where("repository_id", "=", of.repositoryId)
    .where("tag", "=", of.tag)
    .$if(page.before !== undefined, (query) => query.where("id", "<", page.before ?? 0))
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
  return rows.map(toEvent);
}

/** The last move of a tag; undefined of one that there never was. */
export async function findLastTagEvent(
  db: Db,
  of: { readonly repositoryId: RepositoryId; readonly tag: Tag },
): Promise<TagEvent | undefined> {
  return (await listTagEvents(db, of, { before: undefined, limit: 1 }))[0];
}

/** The id of the last move of any tag; 0 before the first. */
export async function findLastEventId(db: Db): Promise<number> {
  return (await selectLastId(db, {})).rows[0]?.id ?? 0;
}

const selectLastId = prepareQuery((db: Db) =>
  db.selectFrom("tag_events").select("id").orderBy("id", "desc").limit(1),
);

/** The moves of the repository's tags after the event; reads all moves in the hub since then. */
export async function listMovesSince(
  db: Db,
  repository: RepositoryId,
  event: number,
): Promise<readonly { readonly tag: Tag; readonly isDeletion: boolean }[]> {
  const rows = await db
    .selectFrom("tag_events")
    .select(["repository_id", "tag", "to_digest"])
    .where("id", ">", event)
    .execute();
  return rows
    .filter(({ repository_id }) => repository_id === repository)
    .map(({ tag, to_digest }) => ({ tag, isDeletion: to_digest === null }));
}

/** The first moves of any tags after the event, in the order in which they came. */
export async function listTagChanges(
  db: Db,
  wish: { readonly since: number; readonly limit: number },
): Promise<
  readonly {
    readonly id: number;
    readonly repositoryId: RepositoryId;
    readonly tag: Tag;
    /** Undefined when it was deleted. */
    readonly digest: Digest | undefined;
  }[]
> {
  const rows = await db
    .selectFrom("tag_events")
    .select(["id", "repository_id", "tag", "to_digest"])
    .where("id", ">", wish.since)
    .orderBy("id")
    .limit(wish.limit)
    .execute();
  return rows.map(({ id, repository_id: repositoryId, tag, to_digest }) => ({
    ...{ id, repositoryId, tag, digest: to_digest ?? undefined },
  }));
}

const selectLast = prepareQuery((db: Db, key: { repository: RepositoryId; tag: Tag; at: number }) =>
  // The id is found in the index, before any row is read.
  selectEvents(db).where("id", "=", (is) =>
    is
      .selectFrom("tag_events")
      .select("id")
      .where("repository_id", "=", key.repository)
      .where("tag", "=", key.tag)
      .where("at", "<=", key.at)
      .orderBy("id", "desc")
      .limit(1),
  ),
);

/** The last move of a tag up to a time: what it was then. A clock that was set back makes no two answers of it. */
export async function findTagEventAt(
  db: Db,
  of: { readonly repositoryId: RepositoryId; readonly tag: Tag },
  at: Date,
): Promise<TagEvent | undefined> {
  const key = { repository: of.repositoryId, tag: of.tag, at: at.getTime() };
  const row = (await selectLast(db, key)).rows[0];
  return row && toEvent(row);
}

const selectNextTag = prepareQuery((db: Db, key: { repository: RepositoryId; after: Tag }) =>
  db
    .selectFrom("tag_events")
    .select("tag")
    .where("repository_id", "=", key.repository)
    .where("tag", ">", key.after)
    .orderBy("tag")
    .limit(1),
);

/** The next tag in byte order that has a history, whether it is there or not. Costs the same however often it moved. */
export async function findNextTag(
  db: Db,
  repository: RepositoryId,
  after: Tag,
): Promise<Tag | undefined> {
  return (await selectNextTag(db, { repository, after })).rows[0]?.tag;
}

export interface TrimStep {
  readonly after: number;
  readonly limit: number;
  readonly before: Date;
}

/**
 * Of one step through all moves, takes away those that a later one followed before `before`: what each tag was from then on
 * can still be told. Answers where the next step begins; undefined at the end.
 */
export async function trimTagEvents(trx: Db, step: TrimStep): Promise<number | undefined> {
  const rows = await trx
    .selectFrom("tag_events")
    .select("id")
    .where("id", ">", step.after)
    .orderBy("id")
    .limit(step.limit)
    .execute();
  const last = rows.at(-1)?.id;
  if (last === undefined) return undefined;
  const followed = trx
    .selectFrom("tag_events as old")
    .select("old.id")
    .where("old.id", ">", step.after)
    .where("old.id", "<=", last)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom("tag_events as later")
          .select("later.id")
          .whereRef("later.repository_id", "=", "old.repository_id")
          .whereRef("later.tag", "=", "old.tag")
          .whereRef("later.id", ">", "old.id")
          .where("later.at", "<=", step.before.getTime()),
      ),
    );
  await trx.deleteFrom("tag_events").where("id", "in", followed).execute();
  return rows.length < step.limit ? undefined : last;
}

function selectEvents(db: Db) {
  return db
    .selectFrom("tag_events")
    .select(["id", "tag", "from_digest", "to_digest", "actor", "token", "cause", "at"]);
}

type Row = Awaited<ReturnType<ReturnType<typeof selectEvents>["executeTakeFirstOrThrow"]>>;

/** Before causes were written down, a deletion was told by its naming nothing. */
function toEvent(row: Row): TagEvent {
  const { id, tag, from_digest: from, to_digest: to, actor, token } = row;
  const cause = row.cause === "push" && to === null ? "delete" : row.cause;
  return { id, tag, from, to, actor, token, cause, at: new Date(row.at) };
}
