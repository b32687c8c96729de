import { keyOf, type Scope } from "./scopes.ts";

/** A scope that has a limit on bytes. */
export interface Bound {
  readonly scope: Scope;
  readonly limit: number;
}

interface Upload {
  readonly bounds: readonly Bound[];
  bytes: number;
  isParked: boolean;
}

/**
 * The bytes of unfinished uploads, in memory: a process that is killed has none on their way, and an upload that goes on
 * after the restart is counted anew with all that is there of it.
 */
export class ArrivingBytes {
  readonly #uploads = new Map<string, Upload>();
  readonly #moving = new Map<string, number>();
  readonly #parked = new Map<string, number>();

  /** Of uploads that move. */
  movingIn(scope: Scope): number {
    return this.#moving.get(keyOf(scope)) ?? 0;
  }

  /** Of uploads that stand still after their connection broke. */
  parkedIn(scope: Scope): number {
    return this.#parked.get(keyOf(scope)) ?? 0;
  }

  find(id: string): Readonly<Upload> | undefined {
    return this.#uploads.get(id);
  }

  /** An upload begins, or goes on, with what is there of it. */
  enter(id: string, bounds: readonly Bound[], bytes: number): void {
    this.release(id);
    const upload = { bounds, bytes, isParked: false };
    this.#uploads.set(id, upload);
    add(this.#moving, upload, bytes);
  }

  grow(id: string, bytes: number): void {
    const upload = this.#uploads.get(id);
    if (upload === undefined || upload.isParked) return;
    upload.bytes += bytes;
    add(this.#moving, upload, bytes);
  }

  park(id: string): void {
    const upload = this.#uploads.get(id);
    if (upload === undefined || upload.isParked) return;
    add(this.#moving, upload, -upload.bytes);
    add(this.#parked, upload, upload.bytes);
    upload.isParked = true;
  }

  release(id: string): void {
    const upload = this.#uploads.get(id);
    if (upload === undefined) return;
    this.#uploads.delete(id);
    add(upload.isParked ? this.#parked : this.#moving, upload, -upload.bytes);
  }
}

function add(sums: Map<string, number>, { bounds }: Upload, change: number): void {
  for (const { scope } of bounds) {
    const key = keyOf(scope);
    const sum = (sums.get(key) ?? 0) + change;
    if (sum === 0) sums.delete(key);
    else sums.set(key, sum);
  }
}
