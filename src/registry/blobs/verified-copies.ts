import { createHash } from "node:crypto";
import { type Digest, digestAlgorithm, toDigest } from "../../oci/digest.ts";
import type { LocalBlob, LocalBlobs } from "../../platform/blobs/index.ts";

const REMEMBERED_LIMIT = 200_000;
const READ_BYTES = 1024 * 1024;

interface Verification {
  readonly identity: string;
  readonly at: number;
}

/**
 * Which copies on disk have been seen to match their digest. The blob store is not trusted, but hashing every pull would
 * cost more than the pull: a copy that was hashed here, and whose inode, size and times have not changed since, is sent
 * as it is until the verification is `maxAgeMs` old.
 */
export class VerifiedCopies {
  readonly #blobs: LocalBlobs;
  readonly #maxAgeMs: number;
  readonly #clock: () => Date;
  readonly #copies = new Map<Digest, Verification>();
  readonly #running = new Map<string, Promise<boolean>>();

  constructor(deps: { blobs: LocalBlobs; maxAgeMs: number; clock: () => Date }) {
    this.#blobs = deps.blobs;
    this.#maxAgeMs = deps.maxAgeMs;
    this.#clock = deps.clock;
  }

  isVerified(digest: Digest, identity: string): boolean {
    const seen = this.#copies.get(digest);
    if (seen === undefined || seen.identity !== identity) return false;
    return this.#clock().getTime() - seen.at < this.#maxAgeMs;
  }

  /** Records that the caller has just hashed this copy. */
  remember(digest: Digest, identity: string): void {
    const oldest = this.#copies.keys().next();
    if (this.#copies.size >= REMEMBERED_LIMIT && !oldest.done) this.#copies.delete(oldest.value);
    this.#copies.set(digest, { identity, at: this.#clock().getTime() });
  }

  /** Records the copy that was moved into place just now, whose bytes were hashed on their way in. */
  rememberStored(digest: Digest): void {
    const identity = this.#blobs.identity(digest);
    if (identity !== undefined) this.remember(digest, identity);
  }

  forget(digest: Digest): void {
    this.#copies.delete(digest);
  }

  /** Hashes the copy; callers that ask for the same copy at once share one read. */
  async verify(digest: Digest, copy: LocalBlob): Promise<boolean> {
    const key = `${digest} ${copy.identity}`;
    const running = this.#running.get(key);
    if (running !== undefined) return await running;
    const result = hashCopy(digest, copy);
    this.#running.set(key, result);
    try {
      const matches = await result;
      if (matches) this.remember(digest, copy.identity);
      return matches;
    } finally {
      this.#running.delete(key);
    }
  }
}

async function hashCopy(digest: Digest, copy: LocalBlob): Promise<boolean> {
  const algorithm = digestAlgorithm(digest);
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(copy.size, 1)));
  for (let position = 0; position < copy.size; ) {
    const { bytesRead } = await copy.handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return false;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  return toDigest(algorithm, hash.digest("hex")) === digest;
}
