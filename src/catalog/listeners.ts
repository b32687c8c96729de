import { PassThrough, type Readable } from "node:stream";
import type { Logger } from "pino";
import type { Caller } from "../access/index.ts";

interface Listener {
  readonly caller: Caller;
  readonly stream: PassThrough;
  readonly endsAt: number;
}

interface Told {
  readonly log: Logger;
  /** What of is not told when it fails. */
  readonly what: string;
  /** Called every second while anybody listens, never twice at once. */
  readonly look: () => Promise<void>;
}

const LOOK_EVERY_MS = 1000;
/** Proxies close what says nothing for a minute. */
const BEAT_EVERY_MS = 15_000;
/** Then the browser asks anew, and whoever has been logged out since is somebody else. */
const LASTS_MS = 5 * 60_000;
const LISTENERS = 1000;
/** Of one account, or of one address without one: nobody takes the places of all others. */
const LISTENERS_OF_ONE = 100;
/** Whoever does not read is not written to: their browser comes back. */
const UNREAD_BYTES = 64 * 1024;

/** Open pages that wait for server-sent events. Looks at nothing while nobody listens. */
export class Listeners implements AsyncDisposable {
  readonly #told: Told;
  readonly #listeners = new Set<Listener>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #beatAt = 0;
  #isOver = false;

  constructor(told: Told) {
    this.#told = told;
  }

  get isEmpty(): boolean {
    return this.#listeners.size === 0;
  }

  /** Those who still hear something. */
  *[Symbol.iterator](): Generator<Pick<Listener, "caller" | "stream">> {
    for (const listener of this.#listeners) if (!listener.stream.writableEnded) yield listener;
  }

  /** Undefined when too many listen already, or the hub stops. */
  add(caller: Caller): Readable | undefined {
    if (this.#isOver || this.#listeners.size >= LISTENERS) return undefined;
    const place = placeOf(caller);
    const same = [...this.#listeners].filter((other) => placeOf(other.caller) === place);
    if (same.length >= LISTENERS_OF_ONE) return undefined;
    const stream = new PassThrough();
    const listener = { caller, stream, endsAt: Date.now() + LASTS_MS };
    this.#listeners.add(listener);
    stream.once("close", () => this.#forget(listener));
    stream.write(": hello\n\n");
    this.#timer ??= setInterval(() => this.#lookOnce(), LOOK_EVERY_MS);
    return stream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const { stream } of this.#listeners) stream.end();
    this.#listeners.clear();
    this.#stop();
    await this.#looking;
  }

  #forget(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.isEmpty) this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #lookOnce(): void {
    const { look, log, what } = this.#told;
    this.#looking = this.#looking
      .then(() => this.#endAndBeat())
      .then(look)
      // Pages read anew when they are looked at again; the next look is in a second.
      .catch((err) => log.warn({ err, what }, "events were not told to pages"));
  }

  #endAndBeat(): void {
    const beats = this.#isBeatDue();
    for (const { stream, endsAt } of this.#listeners) {
      // Whoever does not read what was written would never come to its end.
      if (stream.readableLength > UNREAD_BYTES) stream.destroy();
      else if (Date.now() >= endsAt) stream.end();
      else if (beats) stream.write(": still here\n\n");
    }
  }

  #isBeatDue(): boolean {
    if (Date.now() - this.#beatAt < BEAT_EVERY_MS) return false;
    this.#beatAt = Date.now();
    return true;
  }
}

function placeOf({ by, origin }: Caller): string {
  return by.kind === "anonymous" ? `address ${origin.address}` : `${by.kind} ${by.name}`;
}
