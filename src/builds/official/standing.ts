import type { Kysely } from "kysely";
import { findImage } from "./images-store.ts";
import type { OfficialTables } from "./official-tables.ts";
import { listNotes, listReviewers, listReviews, type Note, type Review } from "./reviews-store.ts";
import type { Submission } from "./submissions-store.ts";

/** How far a submission is from being published. */
export interface SubmissionStanding {
  readonly isNew: boolean;
  readonly reviews: readonly (Review & { readonly counts: boolean })[];
  readonly notes: readonly Note[];
  readonly approvals: number;
  readonly approvalsNeeded: number;
  /** Reviewers who asked for other than what was built last, and did not say otherwise since. */
  readonly objections: readonly string[];
  /** Numbers of failed warnings that nobody has answered. */
  readonly unanswered: readonly number[];
}

/**
 * What was said counts for what was built then and how it differed from what is published, and for nothing that came since;
 * and only of those who are reviewers now. That it mends a vulnerability is its author's own word: it spares an image that nobody knows no reviewer.
 */
export async function standingOf(
  db: Kysely<OfficialTables>,
  submission: Submission,
): Promise<SubmissionStanding> {
  const { id, name, digest, state, checks, authorId } = submission;
  const image = await findImage(db, name);
  const isNew = image === undefined;
  // Who looked before saw how it differs from something else.
  const since = state === "published" ? 0 : (image?.publishedAt.getTime() ?? 0);
  const reviewers = new Set(await listReviewers(db));
  const reviews = (await listReviews(db, id)).map((one) => ({
    ...one,
    counts:
      one.digest === digest &&
      one.created_at >= since &&
      one.reviewer_id !== authorId &&
      reviewers.has(one.reviewer_id),
  }));
  const counted = reviews.filter(({ counts }) => counts);
  const notes = await listNotes(db, id);
  const answered = new Set(
    notes.filter((note) => note.digest === digest).map((note) => note.check_number),
  );
  return {
    ...{ isNew, reviews, notes },
    approvals: counted.filter(({ verdict }) => verdict === "approve").length,
    approvalsNeeded: isNew ? 2 : 1,
    objections: counted
      .filter(({ verdict }) => verdict === "request changes")
      .map(({ reviewer }) => reviewer),
    unanswered: checks
      .filter((check) => check.state === "failed" && check.severity === "warning")
      .map(({ number }) => number)
      .filter((number) => !answered.has(number)),
  };
}

/** Whether nothing but the publication is left to do. */
export function isComplete({
  approvals,
  approvalsNeeded,
  unanswered,
  objections,
}: SubmissionStanding): boolean {
  return approvals >= approvalsNeeded && unanswered.length === 0 && objections.length === 0;
}
