import type { ManifestPull, ServedManifest } from "../registry/index.ts";

/** Equal pulls, counted. */
export interface PullCount extends Omit<ManifestPull, "kind"> {
  readonly pulls: number;
  readonly checks: number;
}

export interface Taken {
  readonly counts: readonly PullCount[];
  /** Each pull for itself, in order. */
  readonly single: readonly ManifestPull[];
  /** Pulls for which there was no room. */
  readonly lost: number;
}

type Counter = { -readonly [Key in keyof PullCount]: PullCount[Key] };
type Facts = Omit<ManifestPull, "kind">;

interface Slot {
  latest: Counter;
  readonly counters: Map<string, Counter>;
}

/** From here on addresses and clients are not told apart any more. */
const TOLD_APART = 10_000;
const COUNTERS = 20_000;
const SINGLE = 10_000;
const MANY = { address: "", client: "" };

/**
 * Pulls since the last time somebody took them, in bounded memory. It is on the path of every pull: one like the pull before
 * it, as when a cluster starts or a benchmark runs, costs one look-up and an addition.
 */
export class PullTally {
  #slots = new Map<ServedManifest, Slot>();
  #size = 0;
  #single: ManifestPull[] = [];
  #lost = 0;

  add(pull: ManifestPull): void {
    const counter = this.#counterOf(pull);
    if (counter === undefined) this.#lost += 1;
    else if (pull.kind === "pull") counter.pulls += 1;
    else counter.checks += 1;
  }

  /** Keeps the pull as it is, beside its count. */
  keep(pull: ManifestPull): void {
    if (this.#single.length < SINGLE) this.#single.push(pull);
    else this.#lost += 1;
  }

  take(): Taken {
    const counts = [...this.#slots.values()].flatMap(({ counters }) => [...counters.values()]);
    const taken = { counts, single: this.#single, lost: this.#lost };
    this.#slots = new Map();
    this.#size = 0;
    this.#single = [];
    this.#lost = 0;
    return taken;
  }

  /** What was taken and could not be written; it is counted with what came meanwhile. */
  giveBack({ counts, single }: Omit<Taken, "lost">): void {
    for (const count of counts) {
      const counter = this.#counterOf(count);
      if (counter === undefined) this.#lost += count.pulls + count.checks;
      else {
        counter.pulls += count.pulls;
        counter.checks += count.checks;
      }
    }
    this.#single = [...single, ...this.#single].slice(0, SINGLE);
  }

  #counterOf(facts: Facts): Counter | undefined {
    const slot = this.#slots.get(facts.manifest);
    if (slot === undefined) return this.#open(facts);
    if (!isSame(slot.latest, facts)) {
      const counter = this.#findIn(slot, facts);
      if (counter === undefined) return undefined;
      slot.latest = counter;
    }
    return slot.latest;
  }

  #open(facts: Facts): Counter | undefined {
    if (this.#size >= COUNTERS) return undefined;
    const counter = this.#begin(this.#fold(facts));
    const counters = new Map([[keyOf(counter), counter]]);
    this.#slots.set(facts.manifest, { latest: counter, counters });
    return counter;
  }

  #findIn({ counters }: Slot, facts: Facts): Counter | undefined {
    const known = counters.get(keyOf(facts));
    if (known !== undefined) return known;
    const folded = this.#fold(facts);
    const key = keyOf(folded);
    const same = counters.get(key);
    if (same !== undefined || this.#size >= COUNTERS) return same;
    const counter = this.#begin(folded);
    counters.set(key, counter);
    return counter;
  }

  #begin(facts: Facts): Counter {
    this.#size += 1;
    const { repository, tag, manifest, principal, origin } = facts;
    return { repository, tag, manifest, principal, origin, pulls: 0, checks: 0 };
  }

  #fold(facts: Facts): Facts {
    return this.#size < TOLD_APART ? facts : { ...facts, origin: MANY };
  }
}

function isSame(counter: Counter, { principal, origin, tag, repository }: Facts): boolean {
  return (
    counter.origin.address === origin.address &&
    counter.origin.client === origin.client &&
    counter.principal.name === principal.name &&
    counter.principal.credential?.id === principal.credential?.id &&
    counter.tag === tag &&
    counter.repository === repository
  );
}

function keyOf({ principal, origin, tag, repository }: Facts): string {
  const { name, credential } = principal;
  const { address, client } = origin;
  return JSON.stringify([repository, tag, name, credential?.id, address, client]);
}
