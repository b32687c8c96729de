import type { Kysely } from "kysely";
import type { Mail } from "./mail.ts";

export type MailId = string & { readonly __brand: "MailId" };
/** Mails that are over are kept without their text, which may hold a secret. */
export type MailState = "waiting" | "sent" | "failed";

export interface MailTables {
  mails: {
    id: MailId;
    recipient: string;
    subject: string;
    /** Sealed: the key is not in the database. Empty once the mail is sent or given up. */
    text: string;
    state: MailState;
    attempts: number;
    created_at: number;
    /** When it is tried next. */
    due_at: number;
    /** From then on it is of no use, and not sent. */
    expires_at: number;
    ended_at: number | null;
    /** What the server said to the last attempt that failed. */
    answer: string | null;
  };
}

type Db = Kysely<MailTables>;

export interface WaitingMail extends Mail {
  readonly id: MailId;
  readonly attempts: number;
  readonly expiresAt: Date;
}

export async function insertMail(
  trx: Db,
  mail: Mail & { readonly id: MailId; readonly now: Date; readonly expiresAt: Date },
): Promise<void> {
  const { id, to, subject, text, now, expiresAt } = mail;
  await trx
    .insertInto("mails")
    .values({
      ...{ id, recipient: to, subject, text, state: "waiting", attempts: 0, answer: null },
      ...{ created_at: now.getTime(), due_at: now.getTime(), ended_at: null },
      expires_at: expiresAt.getTime(),
    })
    .execute();
}

export async function listDueMails(db: Db, now: Date, limit: number): Promise<WaitingMail[]> {
  const rows = await db
    .selectFrom("mails")
    .select(["id", "recipient", "subject", "text", "attempts", "expires_at"])
    .where("state", "=", "waiting")
    .where("due_at", "<=", now.getTime())
    .orderBy("due_at")
    .limit(limit)
    .execute();
  return rows.map(({ recipient, expires_at, ...row }) => ({
    ...row,
    to: recipient,
    expiresAt: new Date(expires_at),
  }));
}

/** Counts an attempt and puts the next one off; false when somebody else has taken the mail. */
export async function claimMail(trx: Db, mail: WaitingMail, dueAt: Date): Promise<boolean> {
  const result = await trx
    .updateTable("mails")
    .set({ attempts: mail.attempts + 1, due_at: dueAt.getTime() })
    .where("id", "=", mail.id)
    .where("state", "=", "waiting")
    .where("attempts", "=", mail.attempts)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export async function postponeMail(
  trx: Db,
  id: MailId,
  next: { readonly dueAt: Date; readonly answer: string },
): Promise<void> {
  await trx
    .updateTable("mails")
    .set({ due_at: next.dueAt.getTime(), answer: next.answer })
    .where("id", "=", id)
    .where("state", "=", "waiting")
    .execute();
}

export async function endMail(
  trx: Db,
  id: MailId,
  end: { readonly state: "sent" | "failed"; readonly now: Date; readonly answer: string | null },
): Promise<void> {
  await trx
    .updateTable("mails")
    .set({ state: end.state, text: "", ended_at: end.now.getTime(), answer: end.answer })
    .where("id", "=", id)
    .execute();
}

/** Those of the ids that there are. */
export async function listMailStates(
  db: Db,
  ids: readonly MailId[],
): Promise<ReadonlyMap<MailId, MailState>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("mails")
    .select(["id", "state"])
    .where("id", "in", [...ids])
    .execute();
  return new Map(rows.map(({ id, state }) => [id, state]));
}

/** Gives up what waits though nobody wants it any more, and removes what ended before `before`. */
export async function trimMails(
  trx: Db,
  { now, before }: { readonly now: Date; readonly before: Date },
): Promise<void> {
  await trx
    .updateTable("mails")
    .set({ state: "failed", text: "", ended_at: now.getTime() })
    .where("state", "=", "waiting")
    .where("expires_at", "<=", now.getTime())
    .execute();
  await trx.deleteFrom("mails").where("ended_at", "<", before.getTime()).execute();
}

export async function createMails(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("mails")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("recipient", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("text", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("due_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("ended_at", "bigint")
    .addColumn("answer", "text")
    .execute();
  await db.schema.createIndex("mails_due").on("mails").columns(["state", "due_at"]).execute();
  await db.schema.createIndex("mails_ended").on("mails").column("ended_at").execute();
}
