import { type Cipheriv, createCipheriv, createHash, randomBytes } from "node:crypto";

/** Random bytes that come again when the same seed does; BERTH_TEST_SEED repeats a run that failed. */
export class Randomness {
  readonly seed: string;
  readonly #stream: Cipheriv;

  constructor(seed = process.env.BERTH_TEST_SEED ?? randomBytes(6).toString("hex")) {
    this.seed = seed;
    const key = createHash("sha256").update(seed).digest();
    this.#stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  }

  bytes(length: number): Buffer {
    return this.#stream.update(Buffer.alloc(length));
  }

  /** Lower-case letters and digits, good for names and tags. */
  word(length = 12): string {
    return this.bytes(length).toString("hex").slice(0, length);
  }

  /** A whole number from 0 up to, and without, `limit`. */
  below(limit: number): number {
    return this.bytes(6).readUIntBE(0, 6) % limit;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }
}
