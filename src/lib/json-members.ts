const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const MAX_MEMBER_BYTES = 64 * 1024 * 1024;

/** One member of the outermost object, or one element of a container in it. */
export interface JsonMember {
  /** The member's name; the container's name for its elements. */
  readonly name: string;
  readonly value: unknown;
}

/**
 * Reads a JSON document that is larger than memory should hold: the members of its outermost object one after the other, and of the members
 * named as containers (arrays or objects) each element on its own. Throws when the document ends early or is none.
 */
export async function* readJsonMembers(
  chunks: AsyncIterable<Uint8Array>,
  containers: readonly string[] = [],
): AsyncGenerator<JsonMember> {
  const splitter = new Splitter(containers);
  for await (const chunk of chunks) {
    splitter.take(chunk);
    yield* splitter.found.splice(0);
  }
  splitter.end();
}

/** Cuts bytes at the commas of the levels that are split; what lies between is left to JSON.parse. */
class Splitter {
  readonly found: JsonMember[] = [];
  readonly #containers: ReadonlySet<string>;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** 1, or 2 inside a container. */
  #level = 1;
  #container = "";
  #isDone = false;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(containers: readonly string[]) {
    this.#containers = new Set(containers);
  }

  take(chunk: Uint8Array): void {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const code = chunk[at] ?? 0;
      if (this.#isInString) this.#passString(code);
      else if (this.#separates(code) && this.#pass(code, chunk.subarray(start, at))) start = at + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  end(): void {
    if (!this.#isDone) throw new Error("the document ends early");
  }

  /** Everything that separates has one of few codes; other bytes cost these comparisons. */
  #separates(code: number): boolean {
    if (code === QUOTE) this.#isInString = true;
    if (code === COMMA || isBracket(code)) return true;
    if (this.#depth === 0 && code > 0x20) throw new Error("it is no JSON object");
    return false;
  }

  #passString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#isInString = false;
  }

  /** True when the bytes so far were used, with this one. */
  #pass(code: number, bytes: Uint8Array): boolean {
    if (code === COMMA) return this.#passComma(bytes);
    const opens = (code | 0x20) === 0x7b;
    if (opens) return this.#open(code, bytes);
    this.#depth -= 1;
    if (this.#depth >= this.#level) return false;
    if (this.#depth < 0) throw new Error("it is no JSON object");
    this.#emit(bytes);
    if (this.#depth === 0) this.#isDone = true;
    else this.#level = 1;
    return true;
  }

  #open(code: number, bytes: Uint8Array): boolean {
    this.#depth += 1;
    if (this.#depth === 1) {
      if (this.#isDone || code !== 0x7b) throw new Error("it is no JSON object");
      return true;
    }
    if (this.#depth !== 2 || this.#level !== 1 || this.#containers.size === 0) return false;
    const name = this.#nameOf(Buffer.concat([...this.#pieces, bytes]).toString("utf8"));
    if (name === undefined || !this.#containers.has(name)) return false;
    this.#drop();
    this.#level = 2;
    this.#container = name;
    return true;
  }

  #passComma(bytes: Uint8Array): boolean {
    if (this.#depth !== this.#level) return false;
    this.#emit(bytes);
    return true;
  }

  /** The name of a member whose value begins here. */
  #nameOf(text: string): string | undefined {
    const match = /^\s*("(?:[^"\\]|\\.)*")\s*:\s*$/.exec(text);
    return match?.[1] === undefined ? undefined : (JSON.parse(match[1]) as string);
  }

  #keep(bytes: Uint8Array): void {
    if (this.#depth === 0) return;
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_MEMBER_BYTES) throw new Error("a part of it is larger than 64 MiB");
    // The caller's buffer may be used again.
    this.#pieces.push(Uint8Array.from(bytes));
  }

  #emit(bytes: Uint8Array): void {
    const text = Buffer.concat([...this.#pieces, bytes])
      .toString("utf8")
      .trim();
    this.#drop();
    // After a container, and in an empty one, there is nothing.
    if (text === "") return;
    if (this.#level === 1) {
      for (const [name, value] of Object.entries(JSON.parse(`{${text}}`) as object))
        this.found.push({ name, value });
      return;
    }
    const isNamed = /^"(?:[^"\\]|\\.)*"\s*:/.test(text);
    const value = isNamed ? Object.entries(JSON.parse(`{${text}}`) as object)[0] : JSON.parse(text);
    this.found.push({ name: this.#container, value });
  }

  #drop(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }
}

function isBracket(code: number): boolean {
  const folded = code | 0x20;
  return folded === 0x7b || folded === 0x7d;
}
