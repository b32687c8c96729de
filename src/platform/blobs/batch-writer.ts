import { fdatasync, writev } from "node:fs";
import { LostWriteError } from "./lost-write.ts";

/** Fewer, larger calls: below this size the cost of a call outweighs the copy; above it nothing is gained. */
const BATCH_BYTES = 128 * 1024;
/** What may wait in memory for the disk, for each file being written. */
const WAITING_LIMIT_BYTES = 512 * 1024;
/** Spreads the work of the final sync over the transfer, so that the last answer does not wait for all of it. */
const SYNC_EVERY_BYTES = 16 * 1024 * 1024;

interface BatchWriterOptions {
  readonly file: { readonly fd: number };
  readonly position: number;
  /** Called before a batch is written; rejects to refuse it. */
  readonly beforeWrite: (bytes: number) => Promise<void>;
  /** Called with chunks that are written and will not be looked at again. */
  readonly onWritten: (chunks: readonly Buffer[]) => void;
  /** Called whenever there is room again for what `add` asked to hold back. */
  readonly onRoom: () => void;
  /** Called once, at the first failure. What the file holds is unknown from then on, and `finish` rejects. */
  readonly onFailure: () => void;
}

/** Appends chunks to a file in batches, in order, and syncs in the background while more arrive. */
export class BatchWriter {
  readonly #options: BatchWriterOptions;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writingBytes = 0;
  #position: number;
  #unsyncedBytes = 0;
  #isSyncing = false;
  #failure: Error | undefined;
  #onIdle: (() => void) | undefined;

  constructor(options: BatchWriterOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  /** Takes the chunk in any case; false asks the caller to hold back until `onRoom`. */
  add(chunk: Buffer): boolean {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= BATCH_BYTES) this.#startWriting();
    return this.#waitingBytes + this.#writingBytes < WAITING_LIMIT_BYTES;
  }

  /** Writes the rest and settles when no call on the file is under way any more: only then may it be closed. */
  finish(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#onIdle = () => (this.#failure ? reject(this.#failure) : resolve());
    this.#startWriting();
    this.#settle();
    return promise;
  }

  #startWriting(): void {
    if (this.#writingBytes > 0 || this.#waitingBytes === 0 || this.#failure) return;
    const batch = this.#waiting;
    this.#writingBytes = this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#options.beforeWrite(this.#writingBytes).then(
      () => this.#write(batch),
      (refusal) => this.#failWriting(refusal),
    );
  }

  #write(batch: readonly Buffer[]): void {
    writev(this.#options.file.fd, batch, this.#position, (error, written) => {
      if (error) return this.#failWriting(error);
      this.#position += written;
      this.#unsyncedBytes += written;
      this.#writingBytes -= written;
      if (this.#writingBytes > 0) this.#write(withoutFirst(batch, written));
      else this.#goOn(batch);
    });
  }

  #goOn(written: readonly Buffer[]): void {
    this.#options.onWritten(written);
    this.#syncSometimes();
    if (this.#onIdle !== undefined || this.#waitingBytes >= BATCH_BYTES) this.#startWriting();
    this.#options.onRoom();
    this.#settle();
  }

  #syncSometimes(): void {
    if (this.#isSyncing || this.#unsyncedBytes < SYNC_EVERY_BYTES) return;
    this.#isSyncing = true;
    this.#unsyncedBytes = 0;
    fdatasync(this.#options.file.fd, (error) => {
      this.#isSyncing = false;
      if (error) this.#fail(new LostWriteError(error));
      this.#settle();
    });
  }

  #failWriting(error: Error): void {
    this.#writingBytes = 0;
    this.#fail(error);
    this.#settle();
  }

  #fail(error: Error): void {
    if (this.#failure === undefined) {
      this.#failure = error;
      this.#options.onFailure();
    }
  }

  #settle(): void {
    const isIdle = this.#writingBytes === 0 && !this.#isSyncing;
    const hasNothingLeft = this.#waitingBytes === 0 || this.#failure !== undefined;
    if (isIdle && hasNothingLeft) this.#onIdle?.();
  }
}

/** A write may take less than it was given, for example when the disk is nearly full. */
function withoutFirst(batch: readonly Buffer[], bytes: number): Buffer[] {
  const rest = [...batch];
  let left = bytes;
  for (let first = rest[0]; first !== undefined && left >= first.length; first = rest[0]) {
    left -= first.length;
    rest.shift();
  }
  const [first, ...others] = rest;
  return first === undefined ? [] : [first.subarray(left), ...others];
}
