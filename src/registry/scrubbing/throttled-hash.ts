import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Digest, digestAlgorithm, toDigest } from "../../oci/digest.ts";
import type { LocalBlob } from "../../platform/blobs/index.ts";

const READ_BYTES = 1024 * 1024;

/** Spends a budget of bytes per second evenly, so that reading in the background never starves a pull. */
export class Throttle {
  readonly #bytesPerSecond: number;
  #freeAt = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Waits until `bytes` more may be read; ends early, by a rejection, when `signal` is aborted. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const now = performance.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes * 1000) / this.#bytesPerSecond;
    const wait = this.#freeAt - now - 1000;
    if (wait > 0) await sleep(wait, undefined, { signal });
  }
}

/** Whether the copy's bytes match the digest. */
export async function matchesDigest(
  digest: Digest,
  copy: LocalBlob,
  pace: { throttle: Throttle; signal: AbortSignal },
): Promise<boolean> {
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let position = 0; position < copy.size; ) {
    await pace.throttle.take(Math.min(READ_BYTES, copy.size - position), pace.signal);
    const { bytesRead } = await copy.handle.read(buffer, 0, READ_BYTES, position);
    if (bytesRead === 0) return false;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return toDigest(algorithm, hash.digest("hex")) === digest;
}
