/** Passes on the beginning of what is printed as it comes, and of the rest the end, once it has ended. */
export class LogWindow {
  readonly #pass: (bytes: Buffer) => void;
  readonly #tailBytes: number;
  #headLeft: number;
  /** A ring, however small the pieces are in which it comes. */
  #tail: Buffer | undefined;
  #written = 0;

  /** Half of the bytes for the beginning, half for the end. */
  constructor(bytes: number, pass: (bytes: Buffer) => void) {
    this.#pass = pass;
    this.#tailBytes = Math.floor(bytes / 2);
    this.#headLeft = bytes - this.#tailBytes;
  }

  write(bytes: Buffer): void {
    const head = bytes.subarray(0, this.#headLeft);
    this.#headLeft -= head.length;
    if (head.length > 0) this.#pass(head);
    if (bytes.length > head.length) this.#keep(bytes.subarray(head.length));
  }

  end(): void {
    const leftOut = this.#written - this.#tailBytes;
    if (leftOut > 0) this.#pass(Buffer.from(`\n... ${leftOut} bytes are left out here ...\n`));
    const ring = this.#tail;
    if (ring === undefined) return;
    this.#tail = undefined;
    const next = this.#written % this.#tailBytes;
    if (leftOut > 0) this.#pass(ring.subarray(next));
    this.#pass(ring.subarray(0, leftOut > 0 ? next : this.#written));
  }

  #keep(bytes: Buffer): void {
    this.#tail ??= Buffer.alloc(this.#tailBytes);
    const last = bytes.subarray(Math.max(0, bytes.length - this.#tailBytes));
    this.#written += bytes.length - last.length;
    const at = this.#written % this.#tailBytes;
    const fits = last.copy(this.#tail, at);
    last.copy(this.#tail, 0, fits);
    this.#written += last.length;
  }
}
