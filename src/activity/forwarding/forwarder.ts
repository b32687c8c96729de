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
}

const BATCH = 100;
const BATCHES_AT_ONCE = 50;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Brings the audit trail to one collector: every entry at least once, in order, from the first one on. The position is written
 * after the collector has the entries, so a crash in between sends some twice and leaves none out. It reads what is committed
 * and holds nothing up, however long the collector is away.
 */
export class Forwarder {
  readonly #deps: ForwarderDeps;
  readonly #name: string;
  readonly #batch: number;
  readonly #send: Send;
  #failures = 0;
  #failure: string | undefined;
  #notBefore = 0;

  constructor(target: ForwardTarget, deps: ForwarderDeps & { readonly send: Send }) {
    this.#deps = deps;
    this.#name = target.name;
    this.#batch = target.kind === "http" ? target.batch : BATCH;
    this.#send = deps.send;
  }

  /** Sends what is new. Run it every second. */
  async run(signal: AbortSignal): Promise<void> {
    if (performance.now() < this.#notBefore) return;
    for (let batches = 0; batches < BATCHES_AT_ONCE && !signal.aborted; batches += 1) {
      if (!(await this.#forward())) return;
    }
  }

  async state(): Promise<ForwardingState> {
    const { reader } = this.#deps.database;
    const position = await findForwarded(reader, this.#name);
    const { seq } = await findHead(reader);
    const backlog = Math.max(0, seq - position);
    const failure = this.#failure;
    return { target: this.#name, position, backlog, ...(failure === undefined ? {} : { failure }) };
  }

  /** False when there is nothing more to send for now. */
  async #forward(): Promise<boolean> {
    const { database, log } = this.#deps;
    const position = await findForwarded(database.reader, this.#name);
    const entries = await listEntriesAfter(database.reader, position, this.#batch);
    const last = entries.at(-1);
    if (last === undefined) return false;
    try {
      await this.#send(entries);
    } catch (err) {
      this.#failures += 1;
      this.#failure = err instanceof Error ? err.message : String(err);
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
      this.#notBefore = performance.now() + wait;
      // Once for each time it goes away: the rest is in the metrics.
      if (this.#failures === 1) log.warn({ err, target: this.#name }, "audit trail not forwarded");
      return false;
    }
    this.#failures = 0;
    this.#failure = undefined;
    await database.write((trx) => setForwarded(trx, this.#name, last.seq));
    return entries.length === this.#batch;
  }
}
