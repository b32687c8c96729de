import type { Kysely } from "kysely";
import type { Caller } from "../../access/index.ts";
import { type OutboxTables, recordEvent } from "../../platform/jobs/index.ts";
import type { OfficialTables, SubmissionId } from "./official-tables.ts";
import { isReviewer } from "./reviews-store.ts";

/** Of the outbox, with the id of a submission as key. */
export const SUBMISSION_TOPIC = "official.changed";

/** Something of a submission that open pages are told of, and who may hear it. */
export interface SubmissionNews {
  readonly event: { readonly topic: typeof SUBMISSION_TOPIC; readonly submission: number };
  readonly mayHear: (caller: Caller) => Promise<boolean>;
}

/** In the transaction that changes it. */
export async function tellSubmission(
  trx: Kysely<OfficialTables>,
  id: SubmissionId,
  at: Date,
): Promise<void> {
  await recordEvent(trx as unknown as Kysely<OutboxTables>, {
    ...{ topic: SUBMISSION_TOPIC, orderingKey: String(id), at },
    payload: { submission: id },
  });
}

/** Undefined when there is no such submission any more. */
export async function findSubmissionNews(
  db: Kysely<OfficialTables>,
  key: string,
): Promise<SubmissionNews | undefined> {
  const submission = Number(key) as SubmissionId;
  const row = await db
    .selectFrom("official_submissions")
    .select("author_id as authorId")
    .where("id", "=", submission)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    event: { topic: SUBMISSION_TOPIC, submission },
    mayHear: (caller) => maySee(db, caller, row),
  };
}

/** An author sees what is theirs. */
export async function maySee(
  db: Kysely<OfficialTables>,
  { by }: Caller,
  { authorId }: { readonly authorId: number },
): Promise<boolean> {
  if (by.kind === "user" && by.accountId === authorId) return true;
  return await seesAll(db, { by });
}

/** Reviewers, and those who run the hub or look after it. */
export async function seesAll(
  db: Kysely<OfficialTables>,
  { by }: Pick<Caller, "by">,
): Promise<boolean> {
  if (by.role === "administrator" || by.role === "auditor") return true;
  return by.kind === "user" && (await isReviewer(db, by.accountId));
}
