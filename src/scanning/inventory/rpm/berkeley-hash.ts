const HASH_MAGIC = 0x00061561;
const PAGE_HEADER = 26;
const PAGE_TYPES = { hashUnsorted: 2, overflow: 7, hash: 13 };
const ITEM_TYPES = { inline: 1, offPage: 3 };

export function isBerkeleyHash(content: Buffer): boolean {
  if (content.length < 512) return false;
  return content.readUInt32LE(12) === HASH_MAGIC || content.readUInt32BE(12) === HASH_MAGIC;
}

/** The values of a hash table of Berkeley DB (db-4.8's dbinc/db_page.h), in which rpm kept its packages until 4.16. */
export function* readBerkeleyHash(content: Buffer): Generator<Buffer, void, undefined> {
  const pages = new BerkeleyPages(content);
  for (let number = 1; number < pages.count; number += 1) yield* pages.valuesOf(number);
}

class BerkeleyPages {
  readonly #content: Buffer;
  readonly #size: number;
  readonly #isBig: boolean;
  readonly count: number;

  constructor(content: Buffer) {
    this.#content = content;
    this.#isBig = content.readUInt32BE(12) === HASH_MAGIC;
    this.#size = this.#uint32(content, 20);
    if (this.#size < 512 || this.#size > 65_536) throw new Error("the database has absurd pages");
    this.count = Math.floor(content.length / this.#size);
  }

  *valuesOf(number: number): Generator<Buffer, void, undefined> {
    const page = this.#page(number);
    const type = page[25];
    if (type !== PAGE_TYPES.hash && type !== PAGE_TYPES.hashUnsorted) return;
    const entries = this.#uint16(page, 20);
    // Keys and values take turns.
    for (let index = 1; index < entries; index += 2) {
      const at = this.#uint16(page, PAGE_HEADER + index * 2);
      const end = this.#uint16(page, PAGE_HEADER + (index - 1) * 2);
      if (page[at] === ITEM_TYPES.inline) yield page.subarray(at + 1, end);
      else if (page[at] === ITEM_TYPES.offPage) {
        yield this.#overflow(this.#uint32(page, at + 4), this.#uint32(page, at + 8));
      }
    }
  }

  #overflow(first: number, size: number): Buffer {
    const pieces: Buffer[] = [];
    let left = size;
    let number = first;
    for (let visited = 0; left > 0; visited += 1) {
      const page = this.#page(number);
      if (page[25] !== PAGE_TYPES.overflow || visited > this.count) {
        throw new Error("the database points outside of itself or in circles");
      }
      const piece = page.subarray(
        PAGE_HEADER,
        PAGE_HEADER + Math.min(left, this.#uint16(page, 22)),
      );
      pieces.push(piece);
      left -= piece.length;
      number = this.#uint32(page, 16);
    }
    return Buffer.concat(pieces);
  }

  #page(number: number): Buffer {
    if (number >= this.count) throw new Error("the database is cut short");
    return this.#content.subarray(number * this.#size, (number + 1) * this.#size);
  }

  #uint32(bytes: Buffer, at: number): number {
    return this.#isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  }

  #uint16(bytes: Buffer, at: number): number {
    return this.#isBig ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
  }
}
