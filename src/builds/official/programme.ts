import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { Caller, Journal } from "../../access/index.ts";
import type { DeedName } from "../../contract/deeds.ts";
import type { NewSubmission, SubmissionState } from "../../contract/official.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { OfficialTables, SubmissionId } from "./official-tables.ts";
import { isReviewer, putNote, putReview } from "./reviews-store.ts";
import { isComplete, standingOf } from "./standing.ts";
import {
  countOpen,
  findSubmission,
  insertSubmission,
  moveSubmission,
  type Submission,
  withdrawEarlier,
} from "./submissions-store.ts";

export interface ProgrammeDeps {
  readonly database: Database<OfficialTables>;
  readonly journal: Journal;
  /** Whether this hub builds at all: without, nothing could be looked at. */
  readonly isOn: boolean;
  readonly onSubmitted: () => void;
  readonly onWithdrawn: (id: SubmissionId) => void;
  readonly clock: () => Date;
}

type Trx = Kysely<OfficialTables>;

const OPEN_MOST = 10;
const UNDECIDED: readonly SubmissionState[] = ["ready", "in review", "staged"];
const OPEN: readonly SubmissionState[] = [
  ...(["draft", "submitted", "checking", "changes requested"] as const),
  ...UNDECIDED,
];

/** From a definition to something that can be published: who may say what, and when. */
export class Programme {
  readonly #deps: ProgrammeDeps;

  constructor(deps: ProgrammeDeps) {
    this.#deps = deps;
  }

  /** Throws BUILDS_OFF, DENIED and TOO_MANY. What was submitted never changes; the author's earlier ones of the name are over. */
  async submit(caller: Caller, wish: NewSubmission): Promise<SubmissionId> {
    const { database, clock, isOn, onSubmitted } = this.#deps;
    const authorId = personOf(caller);
    if (!isOn) {
      const detail =
        "official images are built before anybody looks at them, and this hub builds none: an administrator can switch builds on (builds.builder)";
      throw new ProblemError(PROBLEMS.BUILDS_OFF, { detail });
    }
    const { by: author, baseUrl } = caller;
    const definitionHash = createHash("sha256").update(wish.definition).digest("hex");
    const made = { ...wish, author, authorId, baseUrl, definitionHash, now: clock() };
    const id = await database.write(async (trx) => {
      await assertFewOpen(trx, authorId, wish.name);
      const inserted = await insertSubmission(trx, made);
      const earlier = { id: inserted, name: wish.name, authorId };
      const withdrawn = await withdrawEarlier(trx, earlier, made.now);
      const said = { definition: definitionHash, security: wish.security === true };
      const after = { ...said, ...(withdrawn.length > 0 ? { withdrawn } : {}) };
      await this.#record(trx, caller, {
        action: "official.submit",
        id: inserted,
        name: wish.name,
        after,
      });
      return inserted;
    });
    if (wish.draft !== true) onSubmitted();
    return id;
  }

  /**
   * Of a draft, or again of what was built: what was said of it counts as long as the same comes of it. Throws DENIED for
   * who is neither its author nor a reviewer nor an administrator.
   */
  async check(caller: Caller, submission: Submission): Promise<void> {
    const { database, onSubmitted } = this.#deps;
    const from: SubmissionState[] = ["draft", "changes requested", ...UNDECIDED];
    const person = personOf(caller);
    await database.write(async (trx) => {
      if (!isOwn(caller, submission) && !(await isReviewer(trx, person)))
        throw denied("its author has it checked anew, a reviewer, or an administrator");
      await this.#move(trx, submission, { from, to: "submitted" });
      const { id, name } = submission;
      await this.#record(trx, caller, { action: "official.check", id, name });
    });
    onSubmitted();
  }

  /** Throws DENIED for who is neither its author nor an administrator. */
  async withdraw(caller: Caller, submission: Submission): Promise<void> {
    const { id, name } = submission;
    personOf(caller);
    if (!isOwn(caller, submission)) throw denied("its author withdraws it, or an administrator");
    await this.#deps.database.write(async (trx) => {
      const why = `withdrawn by ${caller.by.name}`;
      await this.#move(trx, submission, { from: OPEN, to: "withdrawn", why });
      await this.#record(trx, caller, { action: "official.withdraw", id, name });
    });
    this.#deps.onWithdrawn(id);
  }

  /** Answers a warning. Throws DENIED, SECOND_PERSON and OFFICIAL_STATE. */
  async answer(
    caller: Caller,
    submission: Submission,
    note: { readonly check: number; readonly text: string },
  ): Promise<void> {
    const { id, name } = submission;
    await this.#deps.database.write(async (trx) => {
      const now = await this.#openForReview(trx, caller, submission);
      const isFailed = now.checks.some(
        ({ number, state, severity }) =>
          number === note.check && state === "failed" && severity === "warning",
      );
      if (!isFailed) throw state(`check ${note.check} is no warning that this submission fails`);
      const { digest } = now;
      await putNote(trx, {
        ...{ submission_id: id, check_number: note.check, text: note.text, digest },
        author: caller.by.name,
      });
      const after = { check: note.check, note: note.text };
      await this.#record(trx, caller, { action: "official.note", id, name, after });
      await this.#settle(trx, now);
    });
  }

  /** Throws DENIED for who is no reviewer, SECOND_PERSON for the author, and OFFICIAL_STATE for what is not the digest of now. */
  async review(
    caller: Caller,
    submission: Submission,
    review: { verdict: "approve" | "request changes"; digest: string; note: string },
  ): Promise<void> {
    const { id, name } = submission;
    await this.#deps.database.write(async (trx) => {
      const now = await this.#openForReview(trx, caller, submission);
      if (review.digest !== now.digest)
        throw state(
          `what was looked at is ${review.digest}, and what was built since ${now.digest}`,
        );
      await putReview(trx, {
        ...{ submission_id: id, reviewer_id: personOf(caller), reviewer: caller.by.name },
        ...{ ...review, created_at: this.#deps.clock().getTime() },
      });
      await this.#record(trx, caller, { action: "official.review", id, name, after: review });
      if (review.verdict === "approve") await this.#settle(trx, now);
      else {
        const why = `${caller.by.name} asks for changes${review.note === "" ? "" : `: ${review.note}`}`;
        await this.#move(trx, now, { from: UNDECIDED, to: "changes requested", why });
      }
    });
  }

  /** As it is in this transaction, to whoever may say something of it. */
  async #openForReview(
    trx: Trx,
    caller: Caller,
    { id, name }: Submission,
  ): Promise<Submission & { readonly digest: string }> {
    const person = personOf(caller);
    if (!(await isReviewer(trx, person)))
      throw denied(
        `${caller.by.name} is no reviewer of official images: an administrator names them`,
      );
    const now = await findSubmission(trx, id);
    if (now?.authorId === person) {
      const detail = `${caller.by.name} submitted ${name}, so others look at it`;
      throw new ProblemError(PROBLEMS.SECOND_PERSON, { detail });
    }
    const { digest } = now ?? {};
    if (now === undefined || digest === undefined || !UNDECIDED.includes(now.state))
      throw state(`it is ${now?.state ?? "gone"}, and nothing to review`);
    return { ...now, digest };
  }

  async #settle(trx: Trx, submission: Submission): Promise<void> {
    const isDone = isComplete(await standingOf(trx, submission));
    await this.#move(trx, submission, { from: UNDECIDED, to: isDone ? "staged" : "in review" });
  }

  async #move(
    trx: Trx,
    { id }: Submission,
    step: { from: readonly SubmissionState[]; to: SubmissionState; why?: string },
  ): Promise<void> {
    if (await moveSubmission(trx, { id, ...step, now: this.#deps.clock() })) return;
    const now = await findSubmission(trx, id);
    throw state(`it is ${now?.state ?? "gone"}`);
  }

  async #record(
    trx: Trx,
    { by, origin }: Caller,
    deed: {
      action: DeedName;
      id: SubmissionId;
      name: string;
      after?: Readonly<Record<string, unknown>>;
    },
  ): Promise<void> {
    const { action, id, name, after = {} } = deed;
    await this.#deps.journal.record(trx, {
      ...{ action, by, origin, account: "library", name: `library/${name}` },
      after: { ...after, submission: id },
    });
  }
}

function state(detail: string): ProblemError {
  return new ProblemError(PROBLEMS.OFFICIAL_STATE, { detail });
}

/** Each is built, one after the other: nobody is to fill the day of all others. */
async function assertFewOpen(trx: Trx, author: NamespaceId, name: string): Promise<void> {
  if ((await countOpen(trx, { author, except: name })) < OPEN_MOST) return;
  const detail = `${OPEN_MOST} of yours are open: withdraw some, or wait for them`;
  throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
}

function isOwn({ by }: Caller, { authorId }: Submission): boolean {
  return by.role === "administrator" || by.accountId === authorId;
}

function denied(detail: string): ProblemError {
  return new ProblemError(PROBLEMS.DENIED, { detail });
}

/** Throws DENIED for robots and whatever else is no person. */
export function personOf({ by }: Caller): NamespaceId {
  if (by.kind === "user" && by.accountId !== undefined && by.credential?.permits === undefined)
    return by.accountId as NamespaceId;
  throw denied("this takes a person, and a login that was not made for repositories alone");
}
