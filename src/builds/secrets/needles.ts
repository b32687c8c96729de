/** A piece of text ends the work of a moment, however long a secret is. */
const LONGEST = 512;
const PIECE = 256;
/** By which needles are found: shorter ones there are none. */
const KEY_BYTES = 4;

/** Texts to be found, in their order: what each position costs does not grow with how many there are. */
export class Needles {
  readonly #sorted: readonly Buffer[];
  /** For each, the longest other one that it begins with, or -1. */
  readonly #shorter: readonly number[];
  readonly #keys: ReadonlySet<number>;
  readonly longest: number;

  constructor(forms: Iterable<string>) {
    const texts = [...forms].map((form) => Buffer.from(form)).filter(isLongEnough);
    const pieces = new Map(texts.flatMap(cut).map((piece) => [piece.toString("latin1"), piece]));
    this.#sorted = [...pieces.values()].sort(Buffer.compare);
    this.#shorter = linkShorter(this.#sorted);
    this.#keys = new Set(this.#sorted.map((needle) => needle.readUInt32BE(0)));
    this.longest = this.#sorted.reduce((most, { length }) => Math.max(most, length), 0);
  }

  /** The first that is there; of several that begin there, the longest. */
  find(text: Buffer, from: number): { readonly at: number; readonly length: number } | undefined {
    for (let at = from; at + KEY_BYTES <= text.length; at += 1) {
      if (!this.#keys.has(text.readUInt32BE(at))) continue;
      const length = this.#lengthAt(text, at);
      if (length > 0) return { at, length };
    }
    return undefined;
  }

  /** How many bytes at the end, after `from`, begin one of them. */
  beginningOf(text: Buffer, from: number): number {
    for (let at = Math.max(from, text.length - this.longest + 1); at < text.length; at += 1) {
      const end = text.subarray(at);
      const next = this.#sorted[this.#countBefore(end)];
      if (next !== undefined && sharedLength(next, end) === end.length) return end.length;
    }
    return 0;
  }

  #lengthAt(text: Buffer, at: number): number {
    const ahead = text.subarray(at, at + this.longest);
    // Whatever it begins with is no later than itself, and no earlier than what is found so.
    let index = this.#countBefore(ahead, true) - 1;
    const candidate = this.#sorted[index];
    const shared = candidate === undefined ? 0 : sharedLength(candidate, ahead);
    for (; index >= 0; index = this.#shorter[index] ?? -1) {
      const length = this.#sorted[index]?.length ?? 0;
      if (length <= shared) return length;
    }
    return 0;
  }

  /** How many of them come before a text; with `orSame`, that one too. */
  #countBefore(text: Buffer, orSame = false): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = Buffer.compare(this.#sorted[middle] ?? text, text);
      if (order < 0 || (orSame && order === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isLongEnough({ length }: Buffer): boolean {
  return length >= KEY_BYTES;
}

/** A long one is found by its pieces. */
function cut(needle: Buffer): Buffer[] {
  if (needle.length <= LONGEST) return [needle];
  const pieces: Buffer[] = [];
  for (let start = 0; start < needle.length; start += PIECE) {
    // The last one reaches back, so that it is no shorter.
    const end = Math.min(needle.length, start + PIECE);
    pieces.push(needle.subarray(Math.max(0, end - PIECE), end));
  }
  // What is left of the last piece once the one before it was hidden.
  const rest = needle.length % PIECE;
  if (rest >= KEY_BYTES) pieces.push(needle.subarray(needle.length - rest));
  return pieces;
}

function linkShorter(sorted: readonly Buffer[]): number[] {
  const links: number[] = [];
  const open: number[] = [];
  for (const [index, needle] of sorted.entries()) {
    while (open.length > 0) {
      const last = sorted[open.at(-1) ?? -1];
      if (last !== undefined && sharedLength(last, needle) === last.length) break;
      open.pop();
    }
    links.push(open.at(-1) ?? -1);
    open.push(index);
  }
  return links;
}

function sharedLength(one: Buffer, other: Buffer): number {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one[length] === other[length]) length += 1;
  return length;
}
