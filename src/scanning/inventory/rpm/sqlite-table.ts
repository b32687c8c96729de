const MAGIC = "SQLite format 3\u0000";
const INTERIOR = 5;
const LEAF = 13;

/** Deeper trees of tables would hold more than any file can. */
const DEPTH_LIMIT = 20;

type Value = Buffer | undefined;

export function isSqlite(content: Buffer): boolean {
  return content.toString("latin1", 0, 16) === MAGIC;
}

/**
 * The rows of one table of an SQLite database (sqlite.org/fileformat2.html): texts and blobs as bytes, anything else as
 * undefined. A database from an image is hostile input, and this reads nothing but pages of tables.
 */
export function* readSqliteTable(
  content: Buffer,
  table: string,
): Generator<readonly Value[], void, undefined> {
  const database = new SqlitePages(content);
  for (const [type, name, , root] of database.rows(1)) {
    if (type?.toString() !== "table" || name?.toString() !== table) continue;
    if (root !== undefined) yield* database.rows(integerOf(root));
    return;
  }
  throw new Error(`the database has no table ${table}`);
}

class SqlitePages {
  readonly #content: Buffer;
  readonly #pageSize: number;
  readonly #usable: number;
  #visited = 0;

  constructor(content: Buffer) {
    this.#content = content;
    const size = content.readUInt16BE(16);
    this.#pageSize = size === 1 ? 65_536 : size;
    this.#usable = this.#pageSize - (content[20] ?? 0);
    if (this.#pageSize < 512 || this.#usable < 480)
      throw new Error("the database has absurd pages");
  }

  *rows(root: number, depth = 0): Generator<readonly Value[], void, undefined> {
    const page = this.#page(root);
    const start = root === 1 ? 100 : 0;
    const kind = page[start];
    const cells = page.readUInt16BE(start + 3);
    if (depth > DEPTH_LIMIT) throw new Error("the database is nested too deeply");
    if (kind !== LEAF && kind !== INTERIOR) throw new Error("a page of the table is none");
    const pointers = start + (kind === INTERIOR ? 12 : 8);
    for (let index = 0; index < cells; index += 1) {
      const at = page.readUInt16BE(pointers + index * 2);
      if (kind === LEAF) yield readRecord(this.#payload(page, at));
      else yield* this.rows(page.readUInt32BE(at), depth + 1);
    }
    if (kind === INTERIOR) yield* this.rows(page.readUInt32BE(start + 8), depth + 1);
  }

  /** Each page belongs to one place of one tree, so that more visits than pages mean a circle. */
  #page(number: number): Buffer {
    this.#visited += 1;
    const from = (number - 1) * this.#pageSize;
    const isThere = number > 0 && from + this.#pageSize <= this.#content.length;
    if (!isThere || this.#visited > 2 * (this.#content.length / this.#pageSize) + 2) {
      throw new Error("the database points outside of itself or in circles");
    }
    return this.#content.subarray(from, from + this.#pageSize);
  }

  /** Of a leaf's cell, put together from the pages that it overflows to. */
  #payload(page: Buffer, at: number): Buffer {
    const [size, afterSize] = readVarint(page, at);
    const [, start] = readVarint(page, afterSize);
    const usable = this.#usable;
    const largest = usable - 35;
    if (size <= largest) return page.subarray(start, start + size);
    const smallest = Math.floor(((usable - 12) * 32) / 255) - 23;
    const remainder = smallest + ((size - smallest) % (usable - 4));
    const local = remainder <= largest ? remainder : smallest;
    const pieces = [page.subarray(start, start + local)];
    let left = size - local;
    let next = page.readUInt32BE(start + local);
    while (left > 0) {
      const overflow = this.#page(next);
      const piece = overflow.subarray(4, 4 + Math.min(left, usable - 4));
      pieces.push(piece);
      left -= piece.length;
      next = overflow.readUInt32BE(0);
    }
    return Buffer.concat(pieces);
  }
}

/** A header of types, then the values. */
function readRecord(payload: Buffer): readonly Value[] {
  const [headerSize, first] = readVarint(payload, 0);
  const values: Value[] = [];
  let at = headerSize;
  for (let typeAt = first; typeAt < headerSize; ) {
    const [type, next] = readVarint(payload, typeAt);
    const size = sizeOf(type);
    // 8 and 9 are the numbers 0 and 1, without bytes.
    const isValue = type !== 0 && type !== 7 && size > 0;
    values.push(isValue ? payload.subarray(at, at + size) : undefined);
    at += size;
    typeAt = next;
  }
  return values;
}

function sizeOf(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][type] ?? 0;
}

function integerOf(bytes: Buffer): number {
  return bytes.length <= 6 ? bytes.readUIntBE(0, bytes.length) : 0;
}

/** Seven bits a byte, the largest first. No size in a file of this size needs more than eight. */
function readVarint(bytes: Buffer, at: number): readonly [value: number, next: number] {
  let value = 0;
  for (let length = 0; length < 9; length += 1) {
    const byte = bytes.readUInt8(at + length);
    value = value * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) return [value, at + length + 1];
  }
  return [value, at + 9];
}
