import type { Logger } from "pino";
import { type AdvisoryIndex, findIndex, IndexDamaged } from "../../advisories/index.ts";
import { createJudge, type Judge, NO_ADVISORIES } from "./judge.ts";

/** Opening an index that is the same reads its header. */
const LOOK_MS = 1000;

const DAMAGED = "the index of advisories is damaged; the one before stays in force";
const DAMAGED_AT_START =
  "the index of advisories is damaged and no other is in force: what was found before stays, and nothing new is found";

/** The index of the data directory, which `berth advisories import` replaces while the hub runs. */
export class AdvisoriesInForce implements Disposable {
  readonly #directory: string;
  readonly #log: Logger;
  #index: AdvisoryIndex | undefined;
  #judge: Judge = NO_ADVISORIES;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: { readonly directory: string; readonly log: Logger }) {
    this.#directory = deps.directory;
    this.#log = deps.log;
  }

  /** As of a moment ago: for whoever asks again and again. */
  get recent(): Judge {
    return performance.now() - this.#lookedAt > LOOK_MS ? this.newest : this.#judge;
  }

  /** Of what is there now: what is scanned after an import is never matched against what was there before it. */
  get newest(): Judge {
    this.#lookedAt = performance.now();
    this.#refresh();
    return this.#judge;
  }

  /** Takes a newer index; one that is damaged changes nothing. */
  #refresh(): void {
    const found = this.#open();
    if (found === undefined || found.revision === this.#index?.revision) {
      found?.[Symbol.dispose]();
      return;
    }
    // Matching waits for nothing, so nobody is in the middle of reading the old one.
    this.#index?.[Symbol.dispose]();
    this.#index = found;
    this.#judge = createJudge(found);
  }

  [Symbol.dispose](): void {
    this.#index?.[Symbol.dispose]();
    this.#index = undefined;
    this.#judge = NO_ADVISORIES;
  }

  #open(): AdvisoryIndex | undefined {
    try {
      return findIndex(this.#directory);
    } catch (err) {
      if (!(err instanceof IndexDamaged)) throw err;
      this.#log.error({ err }, this.#index === undefined ? DAMAGED_AT_START : DAMAGED);
      return undefined;
    }
  }
}
