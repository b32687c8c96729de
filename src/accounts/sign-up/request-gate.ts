import { PROBLEMS } from "../../contract/problems.ts";
import { networkOf } from "../../lib/network-of.ts";
import { ProblemError } from "../../platform/http/api/index.ts";

interface Counter {
  count: number;
  /** When the count starts again from nothing. */
  endsAt: number;
}

interface Passage {
  /** Of the client. */
  readonly address: string | undefined;
  /** To whom a letter would go. */
  readonly addressee: string | undefined;
}

const WINDOW_MS = 3_600_000;
/** Of one address of the network, for whomever. An office behind one address signs up more often than a person does. */
const PER_NETWORK = 30;
/** For one addressee, from wherever: nobody's mailbox is filled by the hub. */
const PER_ADDRESSEE = 5;
const COUNTERS = 100_000;

/**
 * Counts what anybody may ask for without logging in, whatever becomes of it, so that the count says nothing about who exists.
 * Kept in memory: a restart begins anew.
 */
export class RequestGate {
  readonly #clock: () => Date;
  readonly #counters = new Map<string, Counter>();

  constructor(deps: { readonly clock: () => Date }) {
    this.#clock = deps.clock;
  }

  /** `address` is left out where whoever asks is logged in. Throws TOO_MANY_REQUESTS. */
  pass(request: Passage): void {
    const endsAt = this.#enter(request);
    if (endsAt === undefined) return;
    const retryAfterSeconds = Math.ceil((endsAt - this.#clock().getTime()) / 1000);
    const detail = `wait ${retryAfterSeconds} seconds, then try again`;
    throw new ProblemError(PROBLEMS.TOO_MANY_REQUESTS, { detail, retryAfterSeconds });
  }

  /** Counts a letter to somebody, where none is sent beyond the limit and nobody has to be told. */
  mayWriteTo(addressee: string): boolean {
    return this.#enter({ address: undefined, addressee }) === undefined;
  }

  /** Counts the request, or says when the count that is full starts again. */
  #enter(request: Passage): number | undefined {
    const now = this.#clock().getTime();
    const limits = limitsOf(request);
    for (const [key, limit] of limits) {
      const counter = this.#counters.get(key);
      if (counter === undefined || counter.endsAt <= now || counter.count < limit) continue;
      return counter.endsAt;
    }
    for (const [key] of limits) this.#count(key, now);
    return undefined;
  }

  #count(key: string, now: number): void {
    const counter = this.#counters.get(key);
    if (counter !== undefined && counter.endsAt > now) {
      counter.count += 1;
      return;
    }
    this.#counters.delete(key);
    this.#counters.set(key, { count: 1, endsAt: now + WINDOW_MS });
    const oldest = this.#counters.keys().next();
    if (this.#counters.size > COUNTERS && !oldest.done) this.#counters.delete(oldest.value);
  }
}

function limitsOf({ address, addressee }: Passage): readonly (readonly [string, number])[] {
  return [
    ...(address === undefined ? [] : [[`network ${networkOf(address)}`, PER_NETWORK] as const]),
    ...(addressee === undefined
      ? []
      : [[`addressee ${addressee.toLowerCase()}`, PER_ADDRESSEE] as const]),
  ];
}
