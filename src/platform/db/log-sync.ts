import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { syncDirectory } from "../../lib/durable-file.ts";
import { failPoint } from "../fail-point.ts";

/**
 * Brings SQLite's write-ahead log to the disk in a thread. SQLite itself would sync at each commit and block the event
 * loop for as long as the disk takes; here many commits share one sync, and the next ones run meanwhile.
 */
export class LogSync {
  readonly #path: string;
  #log: Promise<FileHandle> | undefined;
  #current: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(databasePath: string) {
    this.#path = `${databasePath}-wal`;
  }

  /**
   * Resolves when everything that was committed before the call is on disk. Once a sync has failed every later call
   * rejects: nobody knows what the disk has kept, and the kernel would say that the next sync went well.
   */
  settled(): Promise<void> {
    // The sync that is under way may have begun before the caller's commit: this joins the one after it.
    this.#next ??= this.#current.then(() => {
      this.#next = undefined;
      return this.#sync();
    });
    this.#current = this.#next;
    return this.#next;
  }

  async close(): Promise<void> {
    await (await this.#log)?.close();
  }

  async #sync(): Promise<void> {
    this.#log ??= this.#open();
    const log = await this.#log;
    await failPoint("db.before-sync");
    await log.datasync().catch((cause) => {
      throw new Error("the disk did not keep the database's log; restart the hub", { cause });
    });
  }

  /** The log was created by somebody's first commit: its name has to last as well as its content. */
  async #open(): Promise<FileHandle> {
    const log = await open(this.#path, "r");
    await syncDirectory(dirname(this.#path));
    return log;
  }
}
