import type { Attempt } from "../access/index.ts";

/** A refusal that is to be written. */
export interface Refusal {
  readonly deed: Attempt;
  readonly at: Date;
}

/** Of one kind, in the minute after the first. */
interface Repeated extends Refusal {
  readonly until: number;
  /** The latest, and how many there were beside the one that was written at once. */
  latest: Date;
  times: number;
}

/** Refusals that wait to be written; more than that in a moment is a flood, of which the rest is counted. */
const WAITING_LIMIT = 1000;
const MINUTE_MS = 60_000;
/** Of one asker in one minute; what else they are refused is one entry. */
const KINDS_PER_ASKER = 60;
const KINDS = 10_000;
const OTHERS = "and others";

/**
 * What was refused and is not written down yet. The first of a kind is written soon; the same once more, by the same asker within
 * a minute, is counted, and one entry says how often it was: a client that tries each layer on its own is one attempt, and
 * nobody fills the trail by asking again and again.
 */
export class Refusals {
  #waiting: Refusal[] = [];
  readonly #kinds = new Map<string, Repeated>();
  readonly #askers = new Map<string, number>();
  #dropped = 0;

  note(deed: Attempt, at: Date): void {
    const asker = askerOf(deed);
    const kind = kindOf(deed, asker);
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      count(known, at);
      return;
    }
    const many = this.#askers.get(asker) ?? 0;
    if (many < KINDS_PER_ASKER && this.#kinds.size < KINDS) {
      this.#begin(kind, { deed, at });
      this.#wait({ deed, at });
      return;
    }
    const others = this.#findOthers({ ...deed, name: OTHERS }, asker, at);
    if (others === undefined) this.#dropped += 1;
    else count(others, at);
  }

  /** What is to be written now, and how many were too many; all that was counted so far at the end. */
  take(
    now: Date,
    { isEnd = false } = {},
  ): { readonly refusals: readonly Refusal[]; readonly dropped: number } {
    for (const [kind, repeated] of this.#kinds) {
      if (!isEnd && repeated.until > now.getTime()) continue;
      this.#kinds.delete(kind);
      this.#forget(askerOf(repeated.deed));
      if (repeated.times > 0) this.#wait(toEntry(repeated));
    }
    const refusals = this.#waiting;
    const dropped = this.#dropped;
    this.#waiting = [];
    this.#dropped = 0;
    return { refusals, dropped };
  }

  /** They could not be written: they wait once more, before all that came since. */
  putBack(refusals: readonly Refusal[]): void {
    const all = [...refusals, ...this.#waiting];
    this.#waiting = all.slice(0, WAITING_LIMIT);
    this.#dropped += all.length - this.#waiting.length;
  }

  /** Undefined when there are more askers than can be told apart. */
  #findOthers(deed: Attempt, asker: string, at: Date): Repeated | undefined {
    const kind = kindOf(deed, asker);
    const known = this.#kinds.get(kind);
    if (known !== undefined || this.#kinds.size >= 2 * KINDS) return known;
    return this.#begin(kind, { deed, at });
  }

  #begin(kind: string, { deed, at }: Refusal): Repeated {
    const repeated = { deed, at, until: at.getTime() + MINUTE_MS, latest: at, times: 0 };
    this.#kinds.set(kind, repeated);
    const asker = askerOf(deed);
    this.#askers.set(asker, (this.#askers.get(asker) ?? 0) + 1);
    return repeated;
  }

  #wait(refusal: Refusal): void {
    if (this.#waiting.length < WAITING_LIMIT) this.#waiting.push(refusal);
    else this.#dropped += 1;
  }

  #forget(asker: string): void {
    const many = (this.#askers.get(asker) ?? 1) - 1;
    if (many <= 0) this.#askers.delete(asker);
    else this.#askers.set(asker, many);
  }
}

function count(repeated: Repeated, at: Date): void {
  repeated.times += 1;
  repeated.latest = at;
}

/** Told when it was last seen: entries of the trail are in the order of their times as far as can be. */
function toEntry({ deed, at, latest, times }: Repeated): Refusal {
  const after = { ...deed.after, repeated: times, since: at.toISOString() };
  return { deed: { ...deed, after }, at: latest };
}

/** Who asks: an account, or whoever is at an address. */
function askerOf({ by, origin }: Attempt): string {
  return by.accountId === undefined ? origin.address : String(by.accountId);
}

function kindOf({ action, account, name, by, origin }: Attempt, asker: string): string {
  const { kind, id } = by.credential ?? {};
  return JSON.stringify([asker, by.name, kind, id, origin.address, action, account, name]);
}
