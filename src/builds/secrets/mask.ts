import { Needles } from "./needles.ts";

const SHOWN = Buffer.from("***");
/** Shorter ones would hide half of what is printed, and are no secrets to whoever guesses. */
const SHORTEST = 4;

/**
 * Hides secrets in what is printed, however it is cut into pieces: as they are, a line of them, and in base64 (also of URLs, and with
 * something before or after them) or as a part of a URL. What may be the beginning of one waits for what follows.
 */
export class SecretMask {
  readonly #needles: Needles;
  #held: Buffer = Buffer.alloc(0);

  constructor(secrets: readonly string[]) {
    const forms = new Set(secrets.flatMap(formsOf).filter((form) => form.length >= SHORTEST));
    this.#needles = new Needles(forms);
  }

  /** What can be shown of what was printed up to here. */
  push(bytes: Buffer): Buffer {
    if (this.#needles.longest === 0) return bytes;
    const all = Buffer.concat([this.#held, bytes]);
    const shown: Buffer[] = [];
    let from = 0;
    for (let found = this.#needles.find(all, from); found; found = this.#needles.find(all, from)) {
      shown.push(all.subarray(from, found.at), SHOWN);
      from = found.at + found.length;
    }
    const end = all.length - this.#needles.beginningOf(all, from);
    this.#held = all.subarray(end);
    return Buffer.concat([...shown, all.subarray(from, end)]);
  }

  /** The rest, once nothing follows. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = Buffer.alloc(0);
    return rest;
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
