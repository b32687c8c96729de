const EMPTY = Buffer.alloc(0);

/** Bytes of a stream, taken in the pieces that a parser asks for instead of those that come. */
export class ByteQueue {
  readonly #source: AsyncIterator<Buffer>;
  #ready: Buffer = EMPTY;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Waits for so many bytes; false if the stream ends before. */
  async fill(bytes: number): Promise<boolean> {
    while (this.#ready.length < bytes) {
      const { done, value } = await this.#source.next();
      if (done === true) return false;
      this.#ready = this.#ready.length === 0 ? value : Buffer.concat([this.#ready, value]);
    }
    return true;
  }

  /** The next bytes, which stay; fewer if there are not so many yet. */
  peek(bytes: number): Buffer {
    return this.#ready.subarray(0, bytes);
  }

  /** Passes the next bytes on as they come, so that their number costs no memory; the stream may end before. */
  async *take(bytes: number): AsyncGenerator<Buffer, void, undefined> {
    let left = bytes;
    while (left > 0 && (await this.fill(1))) {
      const piece = this.#ready.subarray(0, left);
      this.#ready = this.#ready.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** What was not taken, to the end. */
  async *rest(): AsyncGenerator<Buffer, void, undefined> {
    while (await this.fill(1)) {
      const piece = this.#ready;
      this.#ready = EMPTY;
      yield piece;
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
