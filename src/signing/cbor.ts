import { SignatureError } from "./signature-error.ts";

/** What a CBOR document is read as: tags are left away but for times, which become dates. */
export type CborValue =
  | number
  | string
  | boolean
  | null
  | Date
  | Buffer
  | readonly CborValue[]
  | ReadonlyMap<CborValue, CborValue>;

const DEEPEST = 16;
const EPOCH_TAG = 1;

/** Reads one whole document of definite lengths, which COSE asks for. Throws SignatureError for anything else. */
export function decodeCbor(bytes: Buffer): CborValue {
  const reader = new CborReader(bytes);
  const value = reader.read(0);
  if (!reader.isAtEnd) throw malformed("something follows its end");
  return value;
}

/** A byte string, text, or list of them, as the signed structure of COSE consists of. */
export function encodeCbor(value: string | Buffer | readonly (string | Buffer)[]): Buffer {
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([head(3, text.length), text]);
  }
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(4, value.length), ...value.map((item) => encodeCbor(item))]);
}

/** In as few bytes as there are, as COSE asks for. */
function head(major: number, length: number): Buffer {
  const initial = major << 5;
  if (length < 24) return Buffer.from([initial | length]);
  if (length < 0x100) return Buffer.from([initial | 24, length]);
  const bytes = Buffer.alloc(length < 0x10000 ? 3 : 5);
  bytes[0] = initial | (bytes.length === 3 ? 25 : 26);
  bytes.writeUIntBE(length, 1, bytes.length - 1);
  return bytes;
}

class CborReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  read(depth: number): CborValue {
    if (depth > DEEPEST) throw malformed("it is nested too deeply");
    const [initial = 0] = this.#take(1);
    const major = initial >> 5;
    if (major === 7) return readSimple(initial & 31);
    const length = this.#length(initial & 31);
    switch (major) {
      case 0:
        return length;
      case 1:
        return -1 - length;
      case 2:
        return this.#take(length);
      case 3:
        return this.#take(length).toString("utf8");
      case 4:
        return this.#list(length, depth);
      case 5:
        return this.#map(length, depth);
      default:
        return this.#tagged(length, depth);
    }
  }

  #list(length: number, depth: number): readonly CborValue[] {
    const items: CborValue[] = [];
    while (items.length < length) items.push(this.read(depth + 1));
    return items;
  }

  #map(length: number, depth: number): ReadonlyMap<CborValue, CborValue> {
    const entries = new Map<CborValue, CborValue>();
    for (let count = 0; count < length; count++) {
      const key = this.read(depth + 1);
      if (entries.has(key)) throw malformed("a key is there twice");
      entries.set(key, this.read(depth + 1));
    }
    return entries;
  }

  #tagged(tag: number, depth: number): CborValue {
    const value = this.read(depth + 1);
    if (tag !== EPOCH_TAG) return value;
    if (typeof value !== "number") throw malformed("a time is no number of seconds");
    return new Date(value * 1000);
  }

  #length(info: number): number {
    if (info < 24) return info;
    if (info === 24) return this.#take(1).readUInt8();
    if (info === 25) return this.#take(2).readUInt16BE();
    if (info === 26) return this.#take(4).readUInt32BE();
    if (info !== 27) throw malformed("a length is indefinite");
    const length = Number(this.#take(8).readBigUInt64BE());
    if (!Number.isSafeInteger(length)) throw malformed("a number is too large");
    return length;
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw malformed("it ends too early");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}

function readSimple(info: number): boolean | null {
  if (info === 20 || info === 21) return info === 21;
  if (info === 22) return null;
  throw malformed("it holds a value that no signature has");
}

function malformed(detail: string): SignatureError {
  return new SignatureError("invalid", `its CBOR cannot be read: ${detail}`);
}
