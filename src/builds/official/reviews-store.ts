import type { Kysely, Selectable } from "kysely";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { OfficialTables, SubmissionId } from "./official-tables.ts";

type Db = Kysely<OfficialTables>;
export type Review = Selectable<OfficialTables["official_reviews"]>;
export type Note = Selectable<OfficialTables["official_notes"]>;

/** The last word of each reviewer counts. */
export async function putReview(trx: Db, review: Review): Promise<void> {
  const { submission_id: _, reviewer_id: __, ...said } = review;
  await trx
    .insertInto("official_reviews")
    .values(review)
    .onConflict((conflict) => conflict.columns(["submission_id", "reviewer_id"]).doUpdateSet(said))
    .execute();
}

export async function listReviews(db: Db, id: SubmissionId): Promise<Review[]> {
  return await db
    .selectFrom("official_reviews")
    .selectAll()
    .where("submission_id", "=", id)
    .orderBy("created_at")
    .execute();
}

export async function putNote(trx: Db, note: Note): Promise<void> {
  const { submission_id: _, check_number: __, ...said } = note;
  await trx
    .insertInto("official_notes")
    .values(note)
    .onConflict((conflict) => conflict.columns(["submission_id", "check_number"]).doUpdateSet(said))
    .execute();
}

export async function listNotes(db: Db, id: SubmissionId): Promise<Note[]> {
  return await db
    .selectFrom("official_notes")
    .selectAll()
    .where("submission_id", "=", id)
    .orderBy("check_number")
    .execute();
}

export async function isReviewer(db: Db, account: number | undefined): Promise<boolean> {
  if (account === undefined) return false;
  const row = await db
    .selectFrom("official_reviewers")
    .select("account_id")
    .where("account_id", "=", account as NamespaceId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function listReviewers(db: Db): Promise<NamespaceId[]> {
  const rows = await db
    .selectFrom("official_reviewers")
    .select("account_id")
    .orderBy("account_id")
    .execute();
  return rows.map((row) => row.account_id);
}

export async function addReviewer(trx: Db, account: NamespaceId, now: Date): Promise<void> {
  await trx
    .insertInto("official_reviewers")
    .values({ account_id: account, created_at: now.getTime() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** False for who was none. */
export async function removeReviewer(trx: Db, account: NamespaceId): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom("official_reviewers")
    .where("account_id", "=", account)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
