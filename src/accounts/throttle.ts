import { TooManyAttempts } from "../access/index.ts";
import { networkOf } from "../lib/network-of.ts";

interface Counter {
  failures: number;
  /** When the count starts again from nothing. */
  endsAt: number;
}

export interface Attempt {
  readonly user: string;
  readonly address: string;
  /** Six digits are guessed sooner than a password is. */
  readonly isCode?: boolean;
}

const WINDOW_MS = 5 * 60_000;
/** Of one address against one user: a person who mistypes gets along, a list of passwords does not. */
const PER_PAIR = 10;
/** Of one address against all users. An office behind one address logs in more often than that, but rarely fails. */
const PER_ADDRESS = 60;
/** Of all addresses against one user. */
const PER_USER = 200;
const COUNTERS = 100_000;
/** So much does a wrong code count against its user: ten from anywhere, and they have to wait. */
const CODE_WEIGHT = 20;

/**
 * Counts failed logins, on every door alike. An address from which the user has logged in keeps its access while others
 * are shut out, so nobody can lock a user out from afar. Kept in memory: a restart begins anew.
 */
export class Throttle {
  readonly #clock: () => Date;
  readonly #counters = new Map<string, Counter>();
  readonly #trusted = new Set<string>();

  constructor(deps: { clock: () => Date }) {
    this.#clock = deps.clock;
  }

  /** Throws TooManyAttempts. Counts the attempt as failed until `succeed` takes it back: parallel ones count at once. */
  begin(attempt: Attempt): void {
    const now = this.#clock().getTime();
    const limits = this.#limitsOf(attempt);
    for (const [key, limit] of limits) {
      const counter = this.#counters.get(key);
      if (counter === undefined || counter.endsAt <= now || counter.failures < limit) continue;
      throw new TooManyAttempts(Math.ceil((counter.endsAt - now) / 1000));
    }
    for (const [key, , weight] of limits) this.#count(key, { now, weight });
  }

  /** It was neither right nor wrong. */
  withdraw(attempt: Attempt): void {
    for (const [key, , weight] of this.#limitsOf(attempt)) {
      const counter = this.#counters.get(key);
      if (counter !== undefined) counter.failures = Math.max(0, counter.failures - weight);
    }
  }

  /**
   * Codes have a count of their own: another right secret, such as a token, makes nobody forget the wrong ones. A right code
   * comes after a right password and speaks for both.
   */
  succeed(attempt: Attempt): void {
    this.withdraw(attempt);
    const proved = new Set([keysOf(attempt).pair, keysOf({ ...attempt, isCode: false }).pair]);
    for (const pair of proved) {
      this.#counters.delete(pair);
      this.#trusted.add(pair);
      dropOldest(this.#trusted);
    }
  }

  /** Keys, limits, and what one attempt counts. */
  #limitsOf(attempt: Attempt): readonly (readonly [string, number, number])[] {
    const { pair, address, user } = keysOf(attempt);
    const own = [
      [pair, PER_PAIR, 1],
      [address, PER_ADDRESS, 1],
    ] as const;
    const weight = attempt.isCode === true ? CODE_WEIGHT : 1;
    return this.#trusted.has(pair) ? own : [...own, [user, PER_USER, weight]];
  }

  #count(key: string, { now, weight }: { now: number; weight: number }): void {
    const counter = this.#counters.get(key);
    if (counter !== undefined && counter.endsAt > now) {
      counter.failures += weight;
      return;
    }
    this.#counters.delete(key);
    this.#counters.set(key, { failures: weight, endsAt: now + WINDOW_MS });
    dropOldest(this.#counters);
  }
}

function keysOf({ user, address, isCode = false }: Attempt) {
  const name = user.toLowerCase().slice(0, 255);
  const network = networkOf(address);
  const kind = isCode ? "codes" : "pair";
  return {
    pair: `${kind} ${network} ${name}`,
    address: `address ${network}`,
    user: `user ${name}`,
  };
}

function dropOldest(kept: Map<string, Counter> | Set<string>): void {
  const oldest = kept.keys().next();
  if (kept.size > COUNTERS && !oldest.done) kept.delete(oldest.value);
}
