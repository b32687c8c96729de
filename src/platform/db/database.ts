import type { Kysely } from "kysely";

/**
 * The metadata store. It is trusted: whoever writes it owns the hub.
 * `Tables` is what the holder may see; the composition root opens it with all tables.
 */
export interface Database<Tables> {
  /** Sees only committed rows, a moment before they are on disk. Queries here never wait for a writer. */
  readonly reader: Kysely<Tables>;
  /**
   * Runs `work` in a transaction and resolves after its commit is on disk. Several callers may share one commit, each
   * in its own savepoint: `work` must only query, never wait for the network, a file or a timer.
   * Throws {@link DatabaseBusyError} or {@link DatabaseFullError}; then nothing of `work` was kept.
   */
  write<T>(work: (trx: Kysely<Tables>) => Promise<T>, options?: WriteOptions): Promise<T>;
  /**
   * A number that changes with every commit, of this process or another: what `reader` said still holds while it stays.
   * Costs a few microseconds.
   */
  version(): number;
  close(): Promise<void>;
}

export interface WriteOptions {
  /**
   * `process`: the commit survives a crash of this program, but may be lost with the machine's power. For rows whose
   * loss costs a client a retry and nothing else, such as upload sessions. Default `power`.
   */
  readonly survives?: "power" | "process";
}

/** Another process holds the database; the caller should answer 503 and ask for a retry. */
export class DatabaseBusyError extends Error {
  override readonly name = "DatabaseBusyError";
}

/** The disk under the database is full; the caller should answer 507. */
export class DatabaseFullError extends Error {
  override readonly name = "DatabaseFullError";
}
