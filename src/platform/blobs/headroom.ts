import { open, rm, stat, statfs } from "node:fs/promises";
import { isDiskFull, isMissing } from "../../lib/file-error.ts";

/** The store has no room for more content; pulls and deletes go on. */
export class StorageFullError extends Error {
  override readonly name = "StorageFullError";
}

export interface HeadroomOptions {
  /** A folder on the disk that is watched. */
  readonly folder: string;
  /** The ballast: room that deletes get back when everything else is used up. */
  readonly ballastPath: string;
  readonly ballastBytes: number;
  /** Pushes are refused while less than this is free, in bytes. */
  readonly reserveBytes: number;
}

/** How long an answer of the file system is trusted, in milliseconds. */
const FRESH_MILLISECONDS = 250;
/** Pushers are warned while less than this many times the reserve is free. */
const TIGHT_FACTOR = 4;
const FILL = Buffer.alloc(1024 * 1024, 0xbe);

/**
 * Keeps a disk from filling up to the last byte: pushes stop early, so that the database can still record deletes. If
 * something else fills the disk, the ballast file is given up to let deletes through, and laid again when there is room.
 */
export class Headroom {
  readonly #options: HeadroomOptions;
  #freeBytes = Number.POSITIVE_INFINITY;
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(options: HeadroomOptions) {
    this.#options = options;
  }

  /** Throws {@link StorageFullError} if `bytes` more would touch the reserve. */
  async assertRoomFor(bytes: number): Promise<void> {
    const { reserveBytes } = this.#options;
    if (reserveBytes === 0) return;
    const free = await this.#free();
    if (free - bytes >= reserveBytes) return;
    throw new StorageFullError(
      `no room: ${Math.floor(free / 1024)} KiB are free and ${Math.floor(reserveBytes / 1024)} KiB are kept in reserve`,
    );
  }

  /** True when pushes will be refused soon, as of the last look at the disk. */
  get isTight(): boolean {
    return this.#freeBytes < this.#options.reserveBytes * TIGHT_FACTOR;
  }

  /** Lays the ballast if it is missing and there is room for it and the reserve. */
  async layBallast(): Promise<void> {
    const { ballastBytes, ballastPath, reserveBytes } = this.#options;
    if (ballastBytes === 0 || (await sizeOf(ballastPath)) === ballastBytes) return;
    this.#checkedAt = Number.NEGATIVE_INFINITY;
    if ((await this.#free()) < ballastBytes + reserveBytes) return;
    try {
      await writeBallast(ballastPath, ballastBytes);
    } catch (cause) {
      // Without ballast everything still works until the disk is full; the next call tries again.
      if (!isDiskFull(cause)) throw cause;
      await this.giveUpBallast();
    }
  }

  /** Frees the ballast; true if there was one. */
  async giveUpBallast(): Promise<boolean> {
    const had = (await sizeOf(this.#options.ballastPath)) > 0;
    await rm(this.#options.ballastPath, { force: true });
    this.#checkedAt = Number.NEGATIVE_INFINITY;
    return had;
  }

  async #free(): Promise<number> {
    const now = performance.now();
    if (now - this.#checkedAt < FRESH_MILLISECONDS) return this.#freeBytes;
    const facts = await statfs(this.#options.folder);
    this.#freeBytes = facts.bavail * facts.bsize;
    this.#checkedAt = now;
    return this.#freeBytes;
  }
}

async function writeBallast(path: string, bytes: number): Promise<void> {
  await using file = await open(path, "w");
  for (let written = 0; written < bytes; written += FILL.length) {
    await file.write(FILL, 0, Math.min(FILL.length, bytes - written));
  }
  await file.datasync();
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if (isMissing(cause)) return 0;
    throw cause;
  }
}
