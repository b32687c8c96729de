import type { Readable } from "node:stream";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Caller } from "../access/index.ts";
import { findJobs, type JobTables } from "./jobs.ts";
import { Listeners } from "./listeners.ts";

interface LiveJobsDeps {
  readonly db: Kysely<JobTables>;
  readonly log: Logger;
}

/** Tells those who run the hub what waits and what runs, whenever that has changed. It is read once for all of them. */
export class LiveJobs implements AsyncDisposable {
  readonly #db: Kysely<JobTables>;
  readonly #listeners: Listeners;
  #told = "";

  constructor({ db, log }: LiveJobsDeps) {
    this.#db = db;
    this.#listeners = new Listeners({ log, what: "jobs", look: () => this.#look() });
  }

  /** Whoever is let in is somebody else's question. Undefined when too many listen already, or the hub stops. */
  listen(caller: Caller): Readable | undefined {
    // Whoever comes anew has to be told all of it: the next look is in a second.
    this.#told = "";
    return this.#listeners.add(caller);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listeners[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const text = JSON.stringify(await findJobs(this.#db));
    if (text === this.#told) return;
    this.#told = text;
    for (const { stream } of this.#listeners) stream.write(`data: ${text}\n\n`);
  }
}
