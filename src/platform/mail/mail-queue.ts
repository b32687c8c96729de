import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Database } from "../db/index.ts";
import { failPoint } from "../fail-point.ts";
import type { Sealing } from "../keys/index.ts";
import { type Mail, mailSchema } from "./mail.ts";
import { type Mailer, MailRefused } from "./mailer.ts";
import {
  claimMail,
  endMail,
  insertMail,
  listDueMails,
  listMailStates,
  type MailId,
  type MailState,
  type MailTables,
  postponeMail,
  trimMails,
  type WaitingMail,
} from "./mails-store.ts";

interface MailQueueDeps {
  readonly database: Database<MailTables>;
  readonly mailer: Mailer;
  /** A text may hold a secret: whoever copies the database has none. */
  readonly sealing: Sealing;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

const AT_ONCE = 4;
const LOOKED_AT = 100;
/** Longer than an attempt can take: whoever finds it due then knows that the process that had it is gone. */
const LEASE_MS = 2 * 60_000;
const FIRST_WAIT_MS = 15_000;
const LONGEST_WAIT_MS = 3_600_000;
const ANSWER_CHARACTERS = 500;
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * Mail on its way out. It is written in the transaction of its cause, so that nothing is sent for what did not happen and
 * nothing is forgotten; it is sent at least once, and tried again after longer and longer waits until it is of no use.
 */
export class MailQueue {
  readonly #deps: MailQueueDeps;

  constructor(deps: MailQueueDeps) {
    this.#deps = deps;
  }

  /** Whether there is anybody to carry mail. */
  get isConfigured(): boolean {
    return this.#deps.mailer.isConfigured;
  }

  /**
   * Throws for a mail that could not be one, such as a subject of two lines, and where no mail is configured: ask
   * `isConfigured` before. After `expiresAt` it is not sent: nobody wants a link that has ended.
   */
  async add(trx: Kysely<MailTables>, wish: Mail & { readonly expiresAt: Date }): Promise<MailId> {
    const { expiresAt, ...mail } = wish;
    if (!this.isConfigured) throw new Error("mail is not configured, and nothing can be queued");
    const { randomId, sealing, clock } = this.#deps;
    const id = randomId() as MailId;
    const { text, ...rest } = mailSchema.parse(mail);
    const sealed = { ...rest, text: sealing.seal(text, contextOf(id)) };
    await insertMail(trx, { ...sealed, id, expiresAt, now: clock() });
    return id;
  }

  /** What has become of mails; those that ended a month ago are not known any more. */
  async statesOf(ids: readonly MailId[]): Promise<ReadonlyMap<MailId, MailState>> {
    return await listMailStates(this.#deps.database.reader, ids);
  }

  /** Sends what is due, a few at a time; ends soon after `signal` is aborted. */
  async send(signal: AbortSignal): Promise<void> {
    if (!this.isConfigured) return;
    const due = await listDueMails(this.#deps.database.reader, this.#deps.clock(), LOOKED_AT);
    const waiting = due.values();
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (const mail of waiting) {
        if (signal.aborted) return;
        await this.#sendOne(mail, signal);
      }
    });
    await Promise.all(workers);
  }

  /** Forgets mails that ended long ago, and the text of those that nobody wants any more, also where no mail is sent now. */
  async trim(): Promise<void> {
    const { database, clock } = this.#deps;
    const now = clock();
    const before = new Date(now.getTime() - KEPT_MS);
    await database.write((trx) => trimMails(trx, { now, before }));
  }

  async #sendOne(mail: WaitingMail, signal: AbortSignal): Promise<void> {
    const { database, mailer, sealing, clock, log } = this.#deps;
    const now = clock();
    if (mail.expiresAt <= now) {
      await this.#fail(mail, "it could not be sent in time");
      return;
    }
    const lease = new Date(now.getTime() + LEASE_MS);
    if (!(await database.write((trx) => claimMail(trx, mail, lease)))) return;
    const { id, to, subject } = mail;
    try {
      // Without its key it waits, as for a server that is down: somebody may put the key back.
      const text = sealing.unseal(mail.text, contextOf(id));
      await mailer.send({ id, to, subject, text }, signal);
    } catch (cause) {
      await this.#failed(mail, cause);
      return;
    }
    // A crash here sends it once more, under the same Message-ID.
    await failPoint("mail.after-send");
    await database.write((trx) =>
      endMail(trx, mail.id, { state: "sent", now: clock(), answer: null }),
    );
    log.info({ mail: mail.id }, "mail sent");
  }

  async #failed(mail: WaitingMail, cause: unknown): Promise<void> {
    const answer = (cause instanceof Error ? cause.message : String(cause)).slice(
      0,
      ANSWER_CHARACTERS,
    );
    if (cause instanceof MailRefused) {
      await this.#fail(mail, answer);
      return;
    }
    const { database, clock, log } = this.#deps;
    log.warn({ err: cause, mail: mail.id, attempts: mail.attempts + 1 }, "mail not sent yet");
    const dueAt = new Date(clock().getTime() + waitAfter(mail.attempts));
    await database.write((trx) => postponeMail(trx, mail.id, { dueAt, answer }));
  }

  async #fail(mail: WaitingMail, answer: string): Promise<void> {
    const { database, clock, log } = this.#deps;
    // A person may have to look: somebody waits for this.
    log.warn({ mail: mail.id, answer }, "mail given up");
    await database.write((trx) => endMail(trx, mail.id, { state: "failed", now: clock(), answer }));
  }
}

function contextOf(id: MailId): string {
  return `mail ${id}`;
}

function waitAfter(attempts: number): number {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts);
}
