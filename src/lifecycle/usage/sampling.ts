import { type Database, writeIfPossible } from "../../platform/db/index.ts";
import type { LifecycleTables } from "../tables.ts";
import {
  beginOf,
  listReplaced,
  noteChanges,
  removeSamples,
  STEP_MS,
  type Step,
} from "./samples-store.ts";

interface SamplingDeps {
  readonly database: Database<LifecycleTables>;
  readonly clock: () => Date;
}

/** So that a transaction is over before a push has waited for it. */
const BATCH = 200;
const PAGE = 10_000;

/** How far back each is kept: 336 rows of a scope, and 731. */
export const KEPT_MS: Readonly<Record<Step, number>> = {
  hour: 14 * STEP_MS.day,
  day: 731 * STEP_MS.day,
};

/** Writes the series of what scopes store. What it has not noted yet is marked in the counts, and so survives a kill. */
export class Sampling {
  readonly #deps: SamplingDeps;

  constructor(deps: SamplingDeps) {
    this.#deps = deps;
  }

  /**
   * Called every minute: what is noted in the first minute of an hour may be of the last one. When the disk is full or
   * somebody else holds the database, the next run goes on.
   */
  async note(signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#deps;
    for (let noted = BATCH; noted === BATCH && !signal.aborted; ) {
      const isWritten = await writeIfPossible(database, async (trx) => {
        noted = await noteChanges(trx, { now: clock().getTime(), limit: BATCH });
      });
      if (!isWritten) return;
    }
  }

  /** Of each scope the last entry stays, however old it is: it says what holds since. */
  async trim(signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#deps;
    const now = clock().getTime();
    for (const step of ["hour", "day"] as const) {
      const before = beginOf(step, now - KEPT_MS[step]);
      for (let listed = PAGE; listed === PAGE && !signal.aborted; ) {
        const keys = await listReplaced(database.reader, { step, before, limit: PAGE });
        listed = keys.length;
        for (let start = 0; start < keys.length; start += BATCH) {
          const some = keys.slice(start, start + BATCH);
          if (!(await writeIfPossible(database, (trx) => removeSamples(trx, step, some)))) return;
        }
      }
    }
  }
}
