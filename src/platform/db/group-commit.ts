import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { Kysely } from "kysely";
import { failPoint } from "../fail-point.ts";
import { DatabaseBusyError, DatabaseFullError } from "./database.ts";
import type { LogSync } from "./log-sync.ts";

type Durability = "power" | "process";

/** A job whose transaction is committed, and how to tell its caller. */
interface Done<Tables> {
  readonly job: Job<Tables>;
  readonly answer: () => void;
}

interface GroupCommitOptions<Tables> {
  readonly kysely: Kysely<Tables>;
  readonly raw: DatabaseSync;
  readonly log: Pick<LogSync, "settled">;
  readonly busyTimeoutMs: number;
}

interface Job<Tables> {
  readonly survives: Durability;
  readonly work: (trx: Kysely<Tables>) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** A batch is closed after this long, so that one commit never keeps small requests waiting. */
const BATCH_MILLISECONDS = 6;
const BUSY_RETRY_MILLISECONDS = 10;
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

/**
 * Many writers, one fsync: the transactions that arrive while the loop is busy are run one after another, each in a
 * savepoint, inside a single SQLite transaction, and every caller is answered after its commit.
 */
export class GroupCommit<Tables> {
  readonly #kysely: Kysely<Tables>;
  readonly #raw: DatabaseSync;
  readonly #log: Pick<LogSync, "settled">;
  readonly #busyTimeoutMs: number;
  readonly #syncing = new Set<Promise<void>>();
  #queue: Job<Tables>[] = [];
  #running: Promise<void> | undefined;

  constructor(options: GroupCommitOptions<Tables>) {
    this.#kysely = options.kysely;
    this.#raw = options.raw;
    this.#log = options.log;
    this.#busyTimeoutMs = options.busyTimeoutMs;
  }

  submit<T>(work: (trx: Kysely<Tables>) => Promise<T>, survives: Durability): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ survives, work, resolve: resolve as (value: unknown) => void, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when everything submitted so far is answered. */
  async drain(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    await Promise.all(this.#syncing);
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      // The requests of this turn of the event loop join the batch.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#runBatch();
    }
    this.#running = undefined;
  }

  async #runBatch(): Promise<void> {
    const done: Done<Tables>[] = [];
    const joined: Job<Tables>[] = [];
    try {
      await this.#begin();
      await this.#runJobs(joined, done);
      await failPoint("db.before-commit");
      this.#raw.exec("COMMIT");
      await failPoint("db.after-commit");
    } catch (cause) {
      this.#rollBack();
      const reason = describeFailure(cause);
      const refused = joined.length > 0 ? joined : this.#queue.splice(0);
      for (const job of refused) job.reject(reason);
      return;
    }
    for (const { job, answer } of done) if (job.survives === "process") answer();
    this.#answerOnceOnDisk(done.filter(({ job }) => job.survives === "power"));
  }

  /** The next batch does not wait for the disk: its commit shares the next sync. */
  #answerOnceOnDisk(done: readonly Done<Tables>[]): void {
    if (done.length === 0) return;
    const syncing = this.#log.settled().then(
      () => {
        for (const { answer } of done) answer();
      },
      (cause) => {
        for (const { job } of done) job.reject(describeFailure(cause));
      },
    );
    this.#syncing.add(syncing);
    void syncing.finally(() => this.#syncing.delete(syncing));
  }

  async #runJobs(joined: Job<Tables>[], done: Done<Tables>[]): Promise<void> {
    const deadline = performance.now() + BATCH_MILLISECONDS;
    do {
      const job = this.#queue.shift();
      if (job === undefined) return;
      joined.push(job);
      done.push({ job, answer: await this.#runInSavepoint(job) });
    } while (performance.now() < deadline);
  }

  async #runInSavepoint(job: Job<Tables>): Promise<() => void> {
    this.#raw.exec("SAVEPOINT job");
    try {
      const value = await job.work(this.#kysely);
      this.#raw.exec("RELEASE job");
      return () => job.resolve(value);
    } catch (cause) {
      // A full disk makes SQLite end the whole transaction: then nothing of the batch was kept.
      if (!this.#raw.isTransaction) throw cause;
      this.#raw.exec("ROLLBACK TO job; RELEASE job");
      const reason = describeFailure(cause);
      return () => job.reject(reason);
    }
  }

  /** Waits for another process without blocking the event loop. */
  async #begin(): Promise<void> {
    const deadline = performance.now() + this.#busyTimeoutMs;
    for (;;) {
      try {
        this.#raw.exec("BEGIN IMMEDIATE");
        return;
      } catch (cause) {
        if (errorCode(cause) !== SQLITE_BUSY || performance.now() > deadline) throw cause;
      }
      await sleep(BUSY_RETRY_MILLISECONDS);
    }
  }

  #rollBack(): void {
    if (this.#raw.isTransaction) this.#raw.exec("ROLLBACK");
  }
}

function errorCode(cause: unknown): number | undefined {
  const code = (cause as { errcode?: unknown } | null)?.errcode;
  // Extended result codes keep the primary code in the low byte.
  return typeof code === "number" ? code & 0xff : undefined;
}

function describeFailure(cause: unknown): unknown {
  switch (errorCode(cause)) {
    case SQLITE_BUSY:
      return new DatabaseBusyError("another process holds the database", { cause });
    case SQLITE_FULL:
      return new DatabaseFullError("the disk under the database is full", { cause });
    default:
      return cause;
  }
}
