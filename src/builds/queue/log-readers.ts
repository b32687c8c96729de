import { Readable } from "node:stream";
import type { Caller } from "../../access/index.ts";

const READERS = 500;
/** Of one account, or of one address without one: nobody takes the places of all others. */
const READERS_OF_ONE = 50;
/** More is read from the log when that much of it has been taken. */
const UNREAD_BYTES = 16 * 1024;

/** Who reads logs as they are written. Of a log no more is held than its reader takes. */
export class LogReaders {
  readonly #readers = new Set<{ readonly place: string; readonly stream: Readable }>();

  /** Undefined when too many read already. */
  open(caller: Caller, texts: AsyncIterable<string>): Readable | undefined {
    const place = placeOf(caller);
    const same = [...this.#readers].filter((other) => other.place === place);
    if (this.#readers.size >= READERS || same.length >= READERS_OF_ONE) return undefined;
    const stream = Readable.from(texts, { objectMode: false, highWaterMark: UNREAD_BYTES });
    const reader = { place, stream };
    this.#readers.add(reader);
    return stream.once("close", () => this.#readers.delete(reader));
  }
}

function placeOf({ by, origin }: Caller): string {
  return by.kind === "anonymous" ? `address ${origin.address}` : `${by.kind} ${by.name}`;
}
