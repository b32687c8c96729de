const SHOWN = Buffer.from("***");
/** Shorter ones would hide half of what is printed, and are no secrets to whoever guesses. */
const SHORTEST = 4;

/**
 * Hides secrets in what is printed, however it is cut into pieces: as they are, a line of them, and in base64 (also of URLs, and with
 * something before or after them) or as a part of a URL. What may be the beginning of one waits for what follows.
 */
export class SecretMask {
  readonly #needles: readonly Buffer[];
  #held: Buffer = Buffer.alloc(0);

  constructor(secrets: readonly string[]) {
    const needles = new Set(secrets.flatMap(formsOf).filter((form) => form.length >= SHORTEST));
    this.#needles = [...needles]
      .map((form) => Buffer.from(form))
      .sort((one, other) => other.length - one.length);
  }

  /** What can be shown of what was printed up to here. */
  push(bytes: Buffer): Buffer {
    if (this.#needles.length === 0) return bytes;
    const all = Buffer.concat([this.#held, bytes]);
    const { shown, rest } = this.#replace(all);
    const keep = this.#beginningOf(rest);
    this.#held = rest.subarray(rest.length - keep);
    return Buffer.concat([...shown, rest.subarray(0, rest.length - keep)]);
  }

  /** The rest, once nothing follows. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
  }

  #replace(all: Buffer): { readonly shown: Buffer[]; readonly rest: Buffer } {
    const shown: Buffer[] = [];
    let rest = all;
    for (let found = this.#find(rest); found !== undefined; found = this.#find(rest)) {
      shown.push(rest.subarray(0, found.at), SHOWN);
      rest = rest.subarray(found.at + found.length);
    }
    return { shown, rest };
  }

  /** The first one; of several that begin there, the longest. */
  #find(text: Buffer): { readonly at: number; readonly length: number } | undefined {
    let first: { at: number; length: number } | undefined;
    for (const needle of this.#needles) {
      const at = text.indexOf(needle);
      if (at >= 0 && (first === undefined || at < first.at)) first = { at, length: needle.length };
    }
    return first;
  }

  /** How many bytes at the end begin a secret. */
  #beginningOf(text: Buffer): number {
    let most = 0;
    for (const needle of this.#needles) {
      for (let length = Math.min(needle.length - 1, text.length); length > most; length -= 1) {
        if (text.subarray(text.length - length).equals(needle.subarray(0, length))) most = length;
      }
    }
    return most;
  }
}

function formsOf(secret: string): string[] {
  const whole = secret.replace(/\r?\n$/, "");
  const lines = whole.split(/\r?\n/);
  const texts = [...new Set([whole, ...(lines.length > 1 ? lines : [])])];
  return texts
    .filter((text) => text.length >= SHORTEST)
    .flatMap((text) => [
      ...[text, encodeURIComponent(text), encodeURIComponent(text).replaceAll("%20", "+")],
      ...encodedForms(text),
    ]);
}

/** What of base64 depends on the secret alone: by how many bytes come before it, there are three. */
function encodedForms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    const start = Math.ceil((before * 4) / 3);
    const end = Math.floor((padded.length * 8) / 6);
    const base64 = padded.toString("base64").replaceAll("=", "").slice(start, end);
    return base64.length < 6
      ? []
      : [base64, base64.replaceAll("+", "-").replaceAll("/", "_"), encodeURIComponent(base64)];
  });
}
