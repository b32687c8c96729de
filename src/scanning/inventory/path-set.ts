/** Six bytes: in a million paths, one in a few hundred sets would take a path for another. */
const HASH_BYTES = 6;

/** The paths of a set as hashes, sorted, in base64: a twentieth of what their names would take. */
export function encodePathSet(hashes: readonly number[]): string {
  const sorted = Float64Array.from(hashes).sort();
  const bytes = Buffer.alloc(sorted.length * HASH_BYTES);
  sorted.forEach((hash, index) => {
    bytes.writeUIntBE(hash, index * HASH_BYTES, HASH_BYTES);
  });
  return bytes.toString("base64");
}

/** 48 bits in two lanes of multiplications, after cyrb53: no secret is needed, as whoever makes an image can hide things in simpler ways. */
export function hashPath(path: string): number {
  let one = 0xdeadbeef;
  let other = 0x41c6ce57;
  for (let at = 0; at < path.length; at += 1) {
    const unit = path.charCodeAt(at);
    one = Math.imul(one ^ unit, 2654435761);
    other = Math.imul(other ^ unit, 1597334677);
  }
  const mixed =
    Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
  const remixed =
    Math.imul(other ^ (other >>> 16), 2246822507) ^ Math.imul(mixed ^ (mixed >>> 13), 3266489909);
  return 0x10000 * (remixed >>> 0) + (mixed & 0xffff);
}

/** Tells whether a path is in an encoded set. */
export class PathSet {
  readonly #bytes: Buffer;

  constructor(encoded: string) {
    this.#bytes = Buffer.from(encoded, "base64");
  }

  has(path: string): boolean {
    const hash = hashPath(path);
    let from = 0;
    let to = this.#bytes.length / HASH_BYTES;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const found = this.#bytes.readUIntBE(middle * HASH_BYTES, HASH_BYTES);
      if (found === hash) return true;
      if (found < hash) from = middle + 1;
      else to = middle;
    }
    return false;
  }
}
