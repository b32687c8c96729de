/** What BuildKit's messages need of protocol buffers. */
export type Field =
  | readonly [number: number, value: string | Uint8Array | number | bigint | boolean]
  | readonly [number: number, value: Readonly<Record<string, string>>];

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Fields of a kind that is empty are left out, as all writers of the third version do. */
export function encode(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.flatMap(([number, value]) => encodeField(number, value)));
}

function encodeField(number: number, value: Field[1]): Uint8Array[] {
  if (typeof value === "string") return encodeField(number, Buffer.from(value));
  if (value instanceof Uint8Array) return value.length === 0 ? [] : encodeBytes(number, value);
  if (typeof value === "object")
    return Object.entries(value).flatMap(([key, text]) =>
      encodeBytes(number, encodePair(key, text)),
    );
  if (Number(value) === 0) return [];
  return [encodeVarint(BigInt(number * 8 + VARINT)), encodeVarint(BigInt(value))];
}

function encodePair(key: string, text: string): Buffer {
  return encode([
    [1, key],
    [2, text],
  ]);
}

function encodeBytes(number: number, bytes: Uint8Array): Uint8Array[] {
  return [encodeVarint(BigInt(number * 8 + BYTES)), encodeVarint(BigInt(bytes.length)), bytes];
}

function encodeVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

/** Reads bytes from the beginning on. Throws RangeError where there are too few. */
class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("a number in a message is too long");
  }

  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("a message was cut off");
    const found = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return found;
  }
}

/** A message that was read: whoever asks for a field says what it is. */
export class Message {
  readonly #fields = new Map<number, (Buffer | bigint)[]>();

  /** Throws RangeError for bytes that are no message. */
  constructor(bytes: Buffer) {
    const reader = new ByteReader(bytes);
    while (!reader.isAtEnd) {
      const key = Number(reader.varint());
      const kind = key % 8;
      const number = (key - kind) / 8;
      if (kind === VARINT) this.#add(number, reader.varint());
      else if (kind === BYTES) this.#add(number, reader.bytes(Number(reader.varint())));
      else if (kind === FIXED64) reader.bytes(8);
      else if (kind === FIXED32) reader.bytes(4);
      else throw new RangeError("a message has a field of an unknown kind");
    }
  }

  text(number: number): string {
    return this.bytes(number).toString("utf8");
  }

  texts(number: number): string[] {
    const values = this.#fields.get(number) ?? [];
    return values.flatMap((value) => (Buffer.isBuffer(value) ? value.toString("utf8") : []));
  }

  bytes(number: number): Buffer {
    const value = this.#fields.get(number)?.at(-1);
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  }

  number(number: number): number {
    const value = this.#fields.get(number)?.at(-1);
    return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : 0;
  }

  has(number: number): boolean {
    return this.#fields.has(number);
  }

  messages(number: number): Message[] {
    return (this.#fields.get(number) ?? []).flatMap((value) =>
      Buffer.isBuffer(value) ? new Message(value) : [],
    );
  }

  #add(number: number, value: Buffer | bigint): void {
    const list = this.#fields.get(number);
    if (list === undefined) this.#fields.set(number, [value]);
    else list.push(value);
  }
}
