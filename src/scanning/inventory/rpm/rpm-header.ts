/** Numbers of tags (rpm's rpmtag.h). */
export const RPM_TAGS = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  licence: 1014,
  architecture: 1022,
  sourceRpm: 1044,
  provideName: 1047,
  requireFlags: 1048,
  requireName: 1049,
  requireVersion: 1050,
  conflictFlags: 1053,
  conflictName: 1054,
  conflictVersion: 1055,
  provideFlags: 1112,
  provideVersion: 1113,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
  modularityLabel: 5096,
} as const;

type Tag = (typeof RPM_TAGS)[keyof typeof RPM_TAGS];

const TYPES = { int32: 4, string: 6, stringArray: 8, localisedString: 9 };
const ENTRY = 16;
const PREAMBLE = 8;

interface Entry {
  readonly type: number;
  readonly from: number;
  readonly count: number;
}

/** One package of rpm's database: an index of tags, and the values that they point to. */
export class RpmHeader {
  readonly #entries = new Map<number, Entry>();
  readonly #data: Buffer;

  constructor(blob: Buffer) {
    const count = blob.readUInt32BE(0);
    const length = blob.readUInt32BE(4);
    const start = PREAMBLE + count * ENTRY;
    if (count === 0 || start + length > blob.length) throw new Error("a package is cut short");
    this.#data = blob.subarray(start, start + length);
    for (let at = PREAMBLE; at < start; at += ENTRY) {
      this.#entries.set(blob.readUInt32BE(at), {
        type: blob.readUInt32BE(at + 4),
        from: blob.readUInt32BE(at + 8),
        count: blob.readUInt32BE(at + 12),
      });
    }
  }

  text(tag: Tag): string | undefined {
    return this.texts(tag)[0];
  }

  texts(tag: Tag): readonly string[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return [];
    const { type, from } = entry;
    const isList = type === TYPES.stringArray || type === TYPES.localisedString;
    if (!isList && type !== TYPES.string) return [];
    const found: string[] = [];
    let at = from;
    for (let left = isList ? entry.count : 1; left > 0 && at < this.#data.length; left -= 1) {
      const end = this.#data.indexOf(0, at);
      if (end === -1) throw new Error("a text of a package does not end");
      found.push(this.#data.toString("utf8", at, end));
      at = end + 1;
    }
    return found;
  }

  numbers(tag: Tag): readonly number[] {
    const entry = this.#entries.get(tag);
    if (entry?.type !== TYPES.int32) return [];
    const { from, count } = entry;
    if (from + count * 4 > this.#data.length) throw new Error("numbers of a package are missing");
    return Array.from({ length: count }, (_, index) => this.#data.readUInt32BE(from + index * 4));
  }
}
