import type { Kysely, Selectable, Updateable } from "kysely";
import type { Principal } from "../../access/index.ts";
import type { NewSubmission, SubmissionState } from "../../contract/official.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { UsedBase } from "../builds-store.ts";
import { readPrincipal } from "../git/git-refs-store.ts";
import type { CheckResult } from "./checks/check.ts";
import type { OfficialTables, SubmissionId } from "./official-tables.ts";
import { tellSubmission } from "./submission-news.ts";

type Db = Kysely<OfficialTables>;
/** A hub vouches for few, and each author has few that are open. */
const WAITING_MOST = 1000;

type Row = Selectable<OfficialTables["official_submissions"]>;

/** One image that was built of a submission. */
export interface StagedImage {
  readonly tags: readonly string[];
  readonly architecture: string;
  readonly digest: string;
  readonly bytes: number;
  /** What it was built on; undefined for what was built before anybody wrote that down. */
  readonly bases?: readonly UsedBase[] | undefined;
}

/** What tags of several images lead to. */
export interface StagedIndex {
  readonly tags: readonly string[];
  readonly digest: string;
  /** Digests of the images in it. */
  readonly images: readonly string[];
}

export interface Submission {
  readonly id: SubmissionId;
  readonly name: string;
  readonly state: SubmissionState;
  readonly why: string | undefined;
  readonly authorId: NamespaceId;
  readonly author: Principal;
  readonly baseUrl: string | undefined;
  readonly isSecurity: boolean;
  readonly definition: string;
  readonly definitionHash: string;
  readonly documents: NewSubmission["documents"];
  readonly logo: string | undefined;
  readonly checks: readonly CheckResult[];
  readonly images: readonly StagedImage[];
  readonly indexes: readonly StagedIndex[];
  readonly digest: string | undefined;
  /** What was published when it was checked. */
  readonly comparedWith: SubmissionId | undefined;
  /** Of one that the hub made because of newer bases: which. */
  readonly rebuildBases: string | undefined;
  readonly isRebuild: boolean;
  readonly repositoryId: RepositoryId | undefined;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

export interface RebuildReason {
  readonly of: SubmissionId;
  readonly bases: string;
  readonly notBefore: Date;
}

export async function insertSubmission(
  trx: Db,
  made: NewSubmission & {
    readonly author: Principal;
    readonly authorId: NamespaceId;
    readonly baseUrl: string | undefined;
    readonly definitionHash: string;
    readonly rebuild?: RebuildReason;
    readonly now: Date;
  },
): Promise<SubmissionId> {
  const at = made.now.getTime();
  const row = await trx
    .insertInto("official_submissions")
    .values({
      name: made.name,
      state: made.draft === true ? "draft" : "submitted",
      author_id: made.authorId,
      principal: JSON.stringify(made.author),
      base_url: made.baseUrl ?? null,
      is_security: made.security === true ? 1 : 0,
      definition: made.definition,
      definition_hash: made.definitionHash,
      documents: JSON.stringify(made.documents),
      logo: made.logo ?? null,
      ...{ checks: "[]", images: "[]" },
      ...{ rebuild_of: made.rebuild?.of ?? null, rebuild_bases: made.rebuild?.bases ?? null },
      not_before: made.rebuild?.notBefore.getTime() ?? null,
      ...{ created_at: at, changed_at: at },
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  await tellSubmission(trx, row.id, made.now);
  return row.id;
}

export async function findSubmission(db: Db, id: SubmissionId): Promise<Submission | undefined> {
  const row = await db
    .selectFrom("official_submissions")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row && toSubmission(row);
}

/** The newest first; of one author where one is named. */
export async function listSubmissions(
  db: Db,
  page: {
    readonly name: string | undefined;
    readonly state: SubmissionState | undefined;
    readonly author: NamespaceId | undefined;
    readonly before: number | undefined;
    readonly limit: number;
  },
): Promise<Submission[]> {
  const { name, state, author, before, limit } = page;
  let query = db.selectFrom("official_submissions").selectAll();
  if (name !== undefined) query = query.where("name", "=", name);
  if (state !== undefined) query = query.where("state", "=", state);
  if (author !== undefined) query = query.where("author_id", "=", author);
  if (before !== undefined) query = query.where("id", "<", before as SubmissionId);
  return (await query.orderBy("id", "desc").limit(limit).execute()).map(toSubmission);
}

/** What waits for its checks, what comes first first. */
export async function listWaiting(db: Db, now: Date): Promise<Submission[]> {
  const rows = await db
    .selectFrom("official_submissions")
    .selectAll()
    .where("state", "=", "submitted")
    .where(({ or, eb }) =>
      or([eb("not_before", "is", null), eb("not_before", "<=", now.getTime())]),
    )
    // What mends a vulnerability waits for nothing else.
    .orderBy("is_security", "desc")
    .orderBy("id")
    .limit(WAITING_MOST)
    .execute();
  return rows.map(toSubmission);
}

/** Of one author, but for those of a name, whose place a new one takes. */
export async function countOpen(
  db: Db,
  { author, except }: { readonly author: NamespaceId; readonly except: string },
): Promise<number> {
  const { count } = await db
    .selectFrom("official_submissions")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("author_id", "=", author)
    .where("name", "!=", except)
    .where("state", "in", ["submitted", "checking"])
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** False when it is in none of these states any more. */
export async function moveSubmission(
  trx: Db,
  wish: {
    readonly id: SubmissionId;
    readonly from: readonly SubmissionState[];
    readonly to: SubmissionState;
    readonly why?: string | undefined;
    readonly now: Date;
    readonly set?: Updateable<
      Pick<
        OfficialTables["official_submissions"],
        "checks" | "images" | "indexes" | "digest" | "repository_id" | "compared_with"
      >
    >;
  },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("official_submissions")
    .set({
      ...wish.set,
      state: wish.to,
      why: wish.why ?? null,
      changed_at: wish.now.getTime(),
    })
    .where("id", "=", wish.id)
    .where("state", "in", wish.from)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await tellSubmission(trx, wish.id, wish.now);
  return true;
}

/** Of submissions that are over, those of which something that was built is still there. */
export async function listFinishedStages(
  db: Db,
): Promise<{ readonly id: SubmissionId; readonly repositoryId: RepositoryId }[]> {
  const rows = await db
    .selectFrom("official_submissions")
    .select(["id", "repository_id"])
    .where("repository_id", "is not", null)
    .where("state", "in", ["published", "withdrawn"])
    .orderBy("id")
    .limit(WAITING_MOST)
    .execute();
  return rows.flatMap(({ id, repository_id }) =>
    repository_id === null ? [] : [{ id, repositoryId: repository_id }],
  );
}

export async function forgetStage(trx: Db, id: SubmissionId): Promise<void> {
  await trx
    .updateTable("official_submissions")
    .set({ repository_id: null })
    .where("id", "=", id)
    .execute();
}

/** What a hub that ended did not finish is checked anew. */
export async function requeueSubmissions(trx: Db): Promise<void> {
  await trx
    .updateTable("official_submissions")
    .set({ state: "submitted" })
    .where("state", "=", "checking")
    .execute();
}

const OPEN: readonly SubmissionState[] = [
  ...([
    "draft",
    "submitted",
    "checking",
    "changes requested",
    "ready",
    "in review",
    "staged",
  ] as const),
];

/** Earlier ones of the same author and name: their ids. Those that the hub made are no author's word. */
export async function withdrawEarlier(
  trx: Db,
  { id, name, authorId }: Pick<Submission, "id" | "name" | "authorId">,
  now: Date,
): Promise<SubmissionId[]> {
  const rows = await trx
    .updateTable("official_submissions")
    .set({ state: "withdrawn", why: `submission ${id} took its place`, changed_at: now.getTime() })
    .where("name", "=", name)
    .where("author_id", "=", authorId)
    .where("rebuild_of", "is", null)
    .where("id", "<", id)
    .where("state", "in", OPEN)
    .returning("id")
    .execute();
  for (const row of rows) await tellSubmission(trx, row.id, now);
  return rows.map((row) => row.id);
}

/** The last that the hub made of what was published. */
export async function findRebuild(db: Db, of: SubmissionId): Promise<Submission | undefined> {
  const row = await db
    .selectFrom("official_submissions")
    .selectAll()
    .where("rebuild_of", "=", of)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && toSubmission(row);
}

/** Names of which the hub has made one that nobody has decided on. */
export async function listRebuilding(db: Db): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom("official_submissions")
    .select("name")
    .distinct()
    .where("rebuild_of", "is not", null)
    .where("state", "in", ["submitted", "checking", "ready", "in review", "staged"])
    .execute();
  return new Set(rows.map(({ name }) => name));
}

/** Of one that was not begun: it is built on what is there by then. */
export async function noteMoreBases(
  trx: Db,
  wish: { readonly id: SubmissionId; readonly bases: string },
): Promise<void> {
  await trx
    .updateTable("official_submissions")
    .set({ rebuild_bases: wish.bases })
    .where("id", "=", wish.id)
    .execute();
}

/** All that the hub made of the name, and that this one is in place of. */
export async function withdrawRebuilds(
  trx: Db,
  { id, name, now }: Pick<Submission, "id" | "name"> & { readonly now: Date },
): Promise<void> {
  const rows = await trx
    .updateTable("official_submissions")
    .set({ state: "withdrawn", why: `submission ${id} took its place`, changed_at: now.getTime() })
    .where("name", "=", name)
    .where("rebuild_of", "is not", null)
    .where("id", "!=", id)
    .where("state", "in", OPEN)
    .returning("id")
    .execute();
  for (const row of rows) await tellSubmission(trx, row.id, now);
}

function toSubmission(row: Row): Submission {
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    why: row.why ?? undefined,
    authorId: row.author_id,
    author: readPrincipal(row.principal),
    baseUrl: row.base_url ?? undefined,
    isSecurity: row.is_security === 1,
    definition: row.definition,
    definitionHash: row.definition_hash,
    documents: JSON.parse(row.documents) as Submission["documents"],
    logo: row.logo ?? undefined,
    checks: JSON.parse(row.checks) as CheckResult[],
    images: JSON.parse(row.images) as StagedImage[],
    indexes: JSON.parse(row.indexes) as StagedIndex[],
    digest: row.digest ?? undefined,
    comparedWith: row.compared_with ?? undefined,
    rebuildBases: row.rebuild_bases ?? undefined,
    isRebuild: row.rebuild_of !== null,
    repositoryId: row.repository_id ?? undefined,
    createdAt: new Date(row.created_at),
    changedAt: new Date(row.changed_at),
  };
}
