import { createHash, type Hash } from "node:crypto";
import { type Digest, type DigestAlgorithm, toDigest } from "../../oci/digest.ts";
import type { UploadStore } from "../../platform/blobs/index.ts";

/** A hash of the first `length` bytes of an upload, kept while its chunks arrive. */
export class RunningHash {
  readonly algorithm: DigestAlgorithm;
  readonly #hash: Hash;
  #length = 0;

  constructor(algorithm: DigestAlgorithm) {
    this.algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  get length(): number {
    return this.#length;
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#length += bytes.length;
  }

  /** The digest of what was seen so far; the hash can go on afterwards. */
  digest(): Digest {
    return toDigest(this.algorithm, this.#hash.copy().digest("hex"));
  }
}

/**
 * The running hashes of uploads that this process has seen from their first byte. Losing one costs a second read of the
 * upload's file when it is finished, so the oldest are dropped freely.
 */
export class RunningHashes {
  readonly #limit: number;
  readonly #hashes = new Map<string, RunningHash>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  start(uploadId: string, algorithm: DigestAlgorithm): RunningHash {
    const oldest = this.#hashes.keys().next();
    if (this.#hashes.size >= this.#limit && !oldest.done) this.#hashes.delete(oldest.value);
    const hash = new RunningHash(algorithm);
    this.#hashes.set(uploadId, hash);
    return hash;
  }

  /** The hash, if it covers exactly the first `length` bytes. */
  find(uploadId: string, length: number): RunningHash | undefined {
    const hash = this.#hashes.get(uploadId);
    return hash?.length === length ? hash : undefined;
  }

  forget(uploadId: string): void {
    this.#hashes.delete(uploadId);
  }
}

/** The digest of an upload's bytes, read again from its file. */
export async function hashUpload(
  store: UploadStore,
  id: string,
  algorithm: DigestAlgorithm,
): Promise<Digest> {
  const hash = createHash(algorithm);
  const content = await store.read(id);
  if (content !== undefined) for await (const bytes of content) hash.update(bytes as Buffer);
  return toDigest(algorithm, hash.digest("hex"));
}
