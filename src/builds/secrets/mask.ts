import { Needles } from "./needles.ts";

const SHOWN = Buffer.from("***");
/** Shorter ones would hide half of what is printed, and are no secrets to whoever guesses. */
const SHORTEST = 4;
const SHORTEST_BASE64 = 6;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

interface Range {
  readonly at: number;
  readonly end: number;
}

/**
 * Hides secrets in what is printed, however it is cut into pieces: as they are, a line of them, and in base64 (also of URLs, with
 * something before or after them, and wrapped into lines) or as a part of a URL. What may be the beginning of one waits for what
 * follows.
 */
export class SecretMask {
  readonly #needles: Needles;
  /** Looked for as if all that is printed were one line. */
  readonly #wrapped: Needles;
  #held: Buffer = Buffer.alloc(0);
  /** Whether the last that was shown stands for a part of a secret, which may go on. */
  #isHiding = false;

  constructor(secrets: readonly string[]) {
    const forms = new Set(secrets.flatMap(formsOf).filter((form) => form.length >= SHORTEST));
    this.#needles = new Needles(forms);
    const texts = secrets.flatMap(textsOf);
    this.#wrapped = new Needles(new Set(texts.flatMap(base64Of).flatMap(withoutBeginnings)));
  }

  /** What can be shown of what was printed up to here. */
  push(bytes: Buffer): Buffer {
    if (this.#needles.longest === 0) return bytes;
    const all = Buffer.concat([this.#held, bytes]);
    const plain = findAll(this.#needles, all);
    const begun = all.length - this.#needles.beginningOf(all, plain.at(-1)?.end ?? 0);
    const wrapped = this.#findWrapped(all);
    const found = [...plain, ...wrapped.found];
    const end = findEnd(found, Math.min(begun, wrapped.begun));
    const shown: Buffer[] = [];
    let from = 0;
    for (const range of found.sort((a, b) => a.at - b.at)) {
      if (range.end > end) continue;
      // What overlaps is one.
      if (range.at >= from) shown.push(all.subarray(from, range.at), SHOWN);
      from = Math.max(from, range.end);
    }
    const last = wrapped.found.findLast((range) => range.end <= end)?.end ?? this.#hiddenBefore();
    this.#isHiding = last !== undefined && all.subarray(last, end).every(isLineEnd);
    this.#held = all.subarray(end);
    return Buffer.concat([...shown, all.subarray(from, end)]);
  }

  /** The rest, once nothing follows. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }

  #hiddenBefore(): number | undefined {
    return this.#isHiding ? 0 : undefined;
  }

  #findWrapped(all: Buffer): { readonly found: readonly Range[]; readonly begun: number } {
    if (this.#wrapped.longest === 0) return { found: [], begun: all.length };
    const { text, places } = unwrap(all);
    const placeOf = (at: number) => places[at] ?? all.length;
    const found = findAll(this.#wrapped, text);
    const hidden = found.at(-1)?.end ?? this.#hiddenBefore();
    const begun = this.#wrapped.beginningOf(text, hidden ?? 0);
    const start = text.length - begun;
    const at = placeOf(start);
    // A line is not held back for a character or two: what follows these is a needle of its own. Within a long secret it is.
    const isWhole = all.length - at === begun;
    const isHeld = begun > 0 && (begun >= SHORTEST || isWhole || start === hidden);
    return {
      found: found.map((one) => ({ at: placeOf(one.at), end: placeOf(one.end - 1) + 1 })),
      begun: isHeld ? at : all.length,
    };
  }
}

/** Up to where it is shown: what reaches into what is held is held, too, all of it. */
function findEnd(found: readonly Range[], held: number): number {
  let end = held;
  for (const range of [...found].sort((a, b) => b.end - a.end))
    if (range.end > end) end = Math.min(end, range.at);
  return end;
}

function isLineEnd(byte: number): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

function findAll(needles: Needles, text: Buffer): Range[] {
  const ranges: Range[] = [];
  for (let from = 0; ; ) {
    const found = needles.find(text, from);
    if (found === undefined) return ranges;
    from = found.at + found.length;
    ranges.push({ at: found.at, end: from });
  }
}

/** All lines as one, and where each byte of it was. */
function unwrap(all: Buffer): { readonly text: Buffer; readonly places: Uint32Array } {
  const text = Buffer.allocUnsafe(all.length);
  const places = new Uint32Array(all.length);
  let length = 0;
  for (let at = 0; at < all.length; at += 1) {
    const byte = all[at] ?? 0;
    if (isLineEnd(byte)) continue;
    text[length] = byte;
    places[length] = at;
    length += 1;
  }
  return { text: text.subarray(0, length), places: places.subarray(0, length) };
}

/** All of it, and each of its lines. */
function textsOf(secret: string): string[] {
  const whole = secret.replace(/\r?\n$/, "");
  const lines = whole.split(/\r?\n/);
  const texts = [...new Set([whole, ...(lines.length > 1 ? lines : [])])];
  return texts.filter((text) => text.length >= SHORTEST);
}

function formsOf(secret: string): string[] {
  return textsOf(secret).flatMap((text) => [
    ...[text, encodeURIComponent(text), encodeURIComponent(text).replaceAll("%20", "+")],
    ...base64Of(text).flatMap((base64) => [
      ...[base64, base64.replaceAll("+", "-").replaceAll("/", "_"), encodeURIComponent(base64)],
    ]),
    ...wrappedForms(text),
  ]);
}

/** As `base64` and `openssl` print what is longer than a line, of a file that holds it alone. */
function wrappedForms(text: string): string[] {
  const base64 = Buffer.from(text).toString("base64").replaceAll("=", "");
  return [76, 64].flatMap((columns) =>
    base64.length <= columns ? [] : (base64.match(new RegExp(`.{1,${columns}}`, "g")) ?? []),
  );
}

/** What of base64 depends on the secret alone: by how many bytes come before it, there are three. */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    const start = Math.ceil((before * 4) / 3);
    const end = Math.floor((padded.length * 8) / 6);
    const base64 = padded.toString("base64").replaceAll("=", "").slice(start, end);
    return base64.length < SHORTEST_BASE64 ? [] : [base64];
  });
}

/** The rest of it is hidden, too, where a line ended after its first characters. */
function withoutBeginnings(base64: string): string[] {
  const rests = Array.from({ length: SHORTEST }, (_, count) => base64.slice(count));
  return rests.filter(({ length }) => length >= SHORTEST_BASE64);
}
