/**
 * Lends buffers of one size and keeps them for the next borrower. When everything is lent, it lends small ones:
 * a crowd of slow readers must cost a bounded amount of memory, and must not keep fast readers waiting either.
 */
export class BufferPool {
  readonly #size: number;
  readonly #limit: number;
  readonly #idle: Buffer[] = [];
  #lent = 0;

  constructor(options: { readonly bufferBytes: number; readonly limitBytes: number }) {
    this.#size = options.bufferBytes;
    this.#limit = Math.floor(options.limitBytes / options.bufferBytes);
  }

  /** The content is whatever the last borrower left. */
  borrow(): Buffer {
    if (this.#lent >= this.#limit) return Buffer.allocUnsafeSlow(SMALL_BYTES);
    this.#lent += 1;
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(this.#size);
  }

  /** The borrower must not touch the buffer afterwards, nor may the kernel still be writing from it. */
  giveBack(buffer: Buffer): void {
    if (buffer.length !== this.#size) return;
    this.#lent -= 1;
    if (this.#idle.length < KEPT_IDLE) this.#idle.push(buffer);
  }
}

const SMALL_BYTES = 16 * 1024;
const KEPT_IDLE = 16;
