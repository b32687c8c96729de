const CHUNK_BITS = 32_768;

/** A set of row ids, one bit each: a hundred thousand of them that lie together are a few kilobytes. */
export class IdSet {
  readonly #chunks = new Map<number, Uint8Array>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    const chunk = this.#chunks.get(Math.floor(id / CHUNK_BITS));
    if (chunk === undefined) return false;
    const bit = id % CHUNK_BITS;
    return ((chunk[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  /** False if it was there already. */
  add(id: number): boolean {
    if (this.has(id)) return false;
    const key = Math.floor(id / CHUNK_BITS);
    let chunk = this.#chunks.get(key);
    if (chunk === undefined) {
      chunk = new Uint8Array(CHUNK_BITS / 8);
      this.#chunks.set(key, chunk);
    }
    const bit = id % CHUNK_BITS;
    chunk[bit >> 3] = (chunk[bit >> 3] ?? 0) | (1 << (bit & 7));
    this.#size += 1;
    return true;
  }
}
