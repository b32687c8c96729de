export interface RateLimit {
  readonly count: number;
  readonly windowMs: number;
}

export interface WindowState {
  readonly isWithin: boolean;
  readonly remaining: number;
  /** When the count begins anew, by the clock. */
  readonly resetsAt: number;
}

interface Counter {
  used: number;
  endsAt: number;
}

const COUNTERS = 100_000;

/**
 * So many of something in so much time, for each key on its own. The time of a key begins with its first. Kept in memory: a
 * restart begins anew, and of more keys than are kept the one that has waited longest is forgotten.
 */
export class RateWindow {
  readonly #limit: RateLimit;
  readonly #clock: () => Date;
  readonly #most: number;
  readonly #counters = new Map<string, Counter>();

  constructor(deps: {
    readonly limit: RateLimit;
    readonly clock: () => Date;
    readonly most?: number;
  }) {
    this.#limit = deps.limit;
    this.#clock = deps.clock;
    this.#most = deps.most ?? COUNTERS;
  }

  get limit(): RateLimit {
    return this.#limit;
  }

  /** How the key stands, with nothing counted: `isWithin` says whether there is one left. */
  look(key: string): WindowState {
    const counter = this.#current(key);
    if (counter === undefined) {
      const resetsAt = this.#clock().getTime() + this.#limit.windowMs;
      return { isWithin: this.#limit.count > 0, remaining: this.#limit.count, resetsAt };
    }
    const remaining = Math.max(0, this.#limit.count - counter.used);
    return { isWithin: remaining > 0, remaining, resetsAt: counter.endsAt };
  }

  /** Counts one, unless there is none left. */
  take(key: string): WindowState {
    const before = this.look(key);
    if (!before.isWithin) return before;
    const counter = this.#current(key) ?? this.#open(key, before.resetsAt);
    counter.used += 1;
    return { ...before, remaining: before.remaining - 1 };
  }

  #current(key: string): Counter | undefined {
    const counter = this.#counters.get(key);
    return counter !== undefined && counter.endsAt > this.#clock().getTime() ? counter : undefined;
  }

  #open(key: string, endsAt: number): Counter {
    const counter = { used: 0, endsAt };
    this.#counters.delete(key);
    this.#counters.set(key, counter);
    const oldest = this.#counters.keys().next();
    if (this.#counters.size > this.#most && !oldest.done) this.#counters.delete(oldest.value);
    return counter;
  }
}
