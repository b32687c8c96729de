import type { Kysely } from "kysely";
import { findImage } from "./images-store.ts";
import type { OfficialTables } from "./official-tables.ts";
import { listNotes, listReviews, type Note, type Review } from "./reviews-store.ts";
import type { Submission } from "./submissions-store.ts";

/** How far a submission is from being published. */
export interface SubmissionStanding {
  readonly isNew: boolean;
  readonly reviews: readonly Review[];
  readonly notes: readonly Note[];
  readonly approvals: number;
  readonly approvalsNeeded: number;
  /** Numbers of failed warnings that nobody has answered. */
  readonly unanswered: readonly number[];
}

/** What was said counts for what was built then, and for nothing that was built since. */
export async function standingOf(
  db: Kysely<OfficialTables>,
  submission: Submission,
): Promise<SubmissionStanding> {
  const { id, name, digest, checks, isSecurity } = submission;
  const isNew = (await findImage(db, name)) === undefined;
  const reviews = await listReviews(db, id);
  const notes = await listNotes(db, id);
  const answered = new Set(
    notes.filter((note) => note.digest === digest).map((note) => note.check_number),
  );
  return {
    ...{ isNew, reviews, notes },
    approvals: reviews.filter((one) => one.digest === digest && one.verdict === "approve").length,
    approvalsNeeded: isNew && !isSecurity ? 2 : 1,
    unanswered: checks
      .filter(({ state, severity }) => state === "failed" && severity === "warning")
      .map(({ number }) => number)
      .filter((number) => !answered.has(number)),
  };
}

/** Whether nothing but the publication is left to do. */
export function isComplete({
  approvals,
  approvalsNeeded,
  unanswered,
}: SubmissionStanding): boolean {
  return approvals >= approvalsNeeded && unanswered.length === 0;
}
