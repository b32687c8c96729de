import type { Kysely } from "kysely";
import { OciError } from "../../oci/error.ts";
import type { Database } from "../../platform/db/index.ts";
import type { RegistryTables } from "../store/tables.ts";
import {
  countUploadsFrom,
  deleteUpload,
  findUpload,
  insertUpload,
  postponeUploadExpiry,
  type UploadRow,
} from "../store/uploads-store.ts";

type Trx = Kysely<RegistryTables>;

/** A session as it begins. */
export interface NewSession extends UploadRow {
  /** What unfinished sessions are counted by. */
  readonly countedFor: string;
  readonly now: Date;
}

interface Young {
  readonly session: NewSession;
  readonly since: number;
  /** Its row is written, or being written. */
  isKept: boolean;
  /** Its blob is committed: it needs no row any more. */
  hasEnded: boolean;
}

/** Most small blobs are there before that. */
const YOUNG_MS = 500;

/**
 * Who may go on with which upload. A session gets its row when its first bytes are answered for, or after half a second:
 * most small blobs are stored by then, and never need one. A process that is killed within that time loses sessions
 * without a byte, and their clients begin again.
 */
export class UploadSessions {
  readonly #database: Database<RegistryTables>;
  readonly #perUser: number;
  readonly #young = new Map<string, Young>();
  /** How many of the young have no row, for each of those who are counted. */
  readonly #counts = new Map<string, number>();

  constructor(deps: { database: Database<RegistryTables>; perUser: number }) {
    this.#database = deps.database;
    this.#perUser = deps.perUser;
  }

  /** Throws TOOMANYREQUESTS. */
  async open(session: NewSession): Promise<void> {
    const { countedFor } = session;
    const limit = this.#perUser;
    const stored = await countUploadsFrom(this.#database.reader, countedFor, limit);
    if (stored + (this.#counts.get(countedFor) ?? 0) >= limit) throw tooManyUploads(limit);
    const since = performance.now();
    this.#young.set(session.id, { session, since, isKept: false, hasEnded: false });
    this.#count(countedFor, 1);
  }

  async find(id: string): Promise<UploadRow | undefined> {
    return this.#young.get(id)?.session ?? (await findUpload(this.#database.reader, id));
  }

  /** Bytes were stored: from now on the session outlives this process, until `expiresAt`. */
  async keep(id: string, expiresAt: Date): Promise<void> {
    const young = this.#young.get(id);
    if (young !== undefined) return await this.#store([{ ...young.session, expiresAt }]);
    await this.#database.write((trx) => postponeUploadExpiry(trx, id, expiresAt), {
      survives: "process",
    });
  }

  /** Gives the sessions that are not young any more their rows; all of them with `everything`. */
  async keepOld(options: { everything: boolean } = { everything: false }): Promise<void> {
    const before = performance.now() - YOUNG_MS;
    const old = [...this.#young.values()].filter(
      ({ since }) => options.everything || since < before,
    );
    if (old.length > 0) await this.#store(old.map(({ session }) => session));
  }

  /** In the transaction that makes the session's bytes a blob; then `forget` it, or `resume` it if that did not commit. */
  async end(trx: Trx, id: string): Promise<void> {
    const young = this.#young.get(id);
    if (young === undefined || young.isKept) await deleteUpload(trx, id);
    else young.hasEnded = true;
  }

  forget(id: string): void {
    const young = this.#young.get(id);
    if (young === undefined) return;
    this.#young.delete(id);
    if (!young.isKept) this.#count(young.session.countedFor, -1);
  }

  /** It goes on, until its client ends it or it expires. */
  resume(id: string): void {
    const young = this.#young.get(id);
    if (young !== undefined) young.hasEnded = false;
  }

  async drop(id: string): Promise<void> {
    await this.#database.write((trx) => this.end(trx, id), { survives: "process" });
    this.forget(id);
  }

  async #store(sessions: readonly NewSession[]): Promise<void> {
    const kept: Young[] = [];
    try {
      await this.#database.write(
        async (trx) => {
          for (const session of sessions) {
            const young = this.#young.get(session.id);
            if (young === undefined || young.hasEnded) continue;
            // Another transaction before this one has written the row.
            if (young.isKept) await postponeUploadExpiry(trx, session.id, session.expiresAt);
            else {
              await insertUpload(trx, session);
              this.#markKept(young, true);
              kept.push(young);
            }
          }
        },
        { survives: "process" },
      );
    } catch (cause) {
      for (const young of kept) {
        if (this.#young.has(young.session.id)) this.#markKept(young, false);
      }
      throw cause;
    }
    for (const { session } of kept) this.#young.delete(session.id);
  }

  #markKept(young: Young, isKept: boolean): void {
    young.isKept = isKept;
    this.#count(young.session.countedFor, isKept ? -1 : 1);
  }

  #count(countedFor: string, change: 1 | -1): void {
    const count = (this.#counts.get(countedFor) ?? 0) + change;
    if (count > 0) this.#counts.set(countedFor, count);
    else this.#counts.delete(countedFor);
  }
}

function tooManyUploads(limit: number): OciError {
  return new OciError(
    "TOOMANYREQUESTS",
    { limit },
    { message: `too many unfinished uploads: finish or cancel some of your ${limit} first` },
  );
}
