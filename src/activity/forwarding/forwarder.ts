import type { Logger } from "pino";
import type { Database } from "../../platform/db/index.ts";
import { type ActivityTables, findHead, listEntriesAfter } from "../entries-store.ts";
import { findForwarded, setForwarded } from "./positions-store.ts";
import type { ForwardTarget, Send } from "./target.ts";

interface ForwarderDeps {
  readonly database: Database<ActivityTables>;
  readonly clock: () => Date;
  readonly log: Logger;
}

export interface ForwardingState {
  readonly target: string;
  /** The last entry that the collector has; 0 when it has none. */
  readonly position: number;
  /** How many it has not. */
  readonly backlog: number;
  /** Why the last attempt failed; undefined when it did not. */
  readonly failure?: string;
  /** Attempts that failed since the hub was started. */
  readonly failures: number;
  /** When it took something last. */
  readonly sentAt?: Date;
}

const BATCH = 100;
const BATCHES_AT_ONCE = 50;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Brings the audit trail to one collector: every entry at least once, in order, from where its target says on. The position
 * is written after the collector has the entries, so a crash in between sends some twice and leaves none out. It reads what
 * is committed, one batch at a time, and holds nothing up, however long the collector is away.
 */
export class Forwarder {
  readonly #deps: ForwarderDeps & { readonly send: Send };
  readonly #target: ForwardTarget;
  readonly #largestBatch: number;
  #batch: number;
  /** In a row. */
  #failed = 0;
  #failures = 0;
  #failure: string | undefined;
  #notBefore = 0;

  constructor(target: ForwardTarget, deps: ForwarderDeps & { readonly send: Send }) {
    this.#deps = deps;
    this.#target = target;
    this.#largestBatch = target.kind === "http" ? target.batch : BATCH;
    this.#batch = this.#largestBatch;
  }

  /** Sends what is new. Run it every second. */
  async run(signal: AbortSignal): Promise<void> {
    if (performance.now() < this.#notBefore) return;
    for (let batches = 0; batches < BATCHES_AT_ONCE && !signal.aborted; batches += 1) {
      if (!(await this.#forward(signal))) return;
    }
  }

  async state(): Promise<ForwardingState> {
    const { reader } = this.#deps.database;
    const { name, start } = this.#target;
    const found = await findForwarded(reader, name);
    const { seq } = await findHead(reader);
    const position = found?.seq ?? (start === "now" ? seq : 0);
    const backlog = Math.max(0, seq - position);
    const failure = this.#failure;
    return {
      ...{ target: name, position, backlog, failures: this.#failures },
      ...(failure === undefined ? {} : { failure }),
      ...(found?.sentAt === undefined ? {} : { sentAt: found.sentAt }),
    };
  }

  /** False when there is nothing more to send for now. */
  async #forward(signal: AbortSignal): Promise<boolean> {
    const { database, send, clock } = this.#deps;
    const { name } = this.#target;
    const position = (await findForwarded(database.reader, name))?.seq ?? (await this.#begin());
    const asked = this.#batch;
    const entries = await listEntriesAfter(database.reader, position, asked);
    const last = entries.at(-1);
    if (last === undefined) return false;
    try {
      const isSent = await unlessAborted(send(entries), signal);
      // The hub stops. Whether the collector has them nobody knows: they are sent again.
      if (!isSent) return false;
    } catch (err) {
      this.#noteFailure(err);
      return false;
    }
    this.#failed = 0;
    this.#failure = undefined;
    this.#batch = Math.min(this.#largestBatch, this.#batch * 2);
    const sent = { seq: last.seq, sentAt: clock() };
    await database.write((trx) => setForwarded(trx, name, sent));
    return entries.length === asked;
  }

  /** Where a target begins that nothing was sent to so far. Written down at once: it is the same after a restart. */
  async #begin(): Promise<number> {
    const { name, start } = this.#target;
    if (start === "beginning") return 0;
    return await this.#deps.database.write(async (trx) => {
      const { seq } = await findHead(trx);
      await setForwarded(trx, name, { seq, sentAt: undefined });
      return seq;
    });
  }

  #noteFailure(err: unknown): void {
    this.#failed += 1;
    this.#failures += 1;
    this.#failure = err instanceof Error ? err.message : String(err);
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failed - 1));
    this.#notBefore = performance.now() + wait;
    // It may be too much at once, for a slow line or for what the collector takes in one request.
    this.#batch = Math.max(1, Math.floor(this.#batch / 2));
    // Once for each time it goes away: the rest is in the metrics.
    if (this.#failed > 1) return;
    this.#deps.log.warn({ err, target: this.#target.name }, "audit trail not forwarded");
  }
}

/** False when it is aborted before. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const { promise: isDone, resolve, reject } = Promise.withResolvers<boolean>();
  const stop = () => resolve(false);
  signal.addEventListener("abort", stop, { once: true });
  work.then(() => resolve(true), reject);
  try {
    return await isDone;
  } finally {
    // The signal lives as long as the hub does.
    signal.removeEventListener("abort", stop);
  }
}
