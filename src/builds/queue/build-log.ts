import { createWriteStream, type WriteStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { BuildId } from "../tables.ts";
import type { LogPlace } from "./log-place.ts";

const LOOK_EVERY_MS = 200;
const PIECE_BYTES = 64 * 1024;

export interface LogPiece {
  /** Where the next one begins. */
  readonly next: LogPlace;
  readonly text: string;
  /** Whether what was read before is no part of the log any more. */
  readonly isAnew: boolean;
}

/** What builds print: one file each, only ever appended to. */
export class BuildLogs {
  readonly #folder: string;

  constructor(data: string) {
    this.#folder = join(data, "builds", "logs");
  }

  /**
   * A build that is tried again begins its log anew: in another file, which is made while the one before is still there, so that
   * whoever reads can tell them apart. `onLost` is told once, when no more of it can be written.
   */
  async begin(id: BuildId, onLost: (cause: Error) => void): Promise<WriteStream> {
    await mkdir(this.#folder, { recursive: true });
    const path = this.#pathOf(id);
    const file = await open(`${path}.new`, "w");
    await rename(`${path}.new`, path);
    return file.createWriteStream().once("error", onLost);
  }

  /** Goes on where the hub before ended. */
  async resume(id: BuildId, onLost: (cause: Error) => void): Promise<WriteStream> {
    await mkdir(this.#folder, { recursive: true });
    return createWriteStream(this.#pathOf(id), { flags: "a" }).once("error", onLost);
  }

  /** Throws nothing: what could not be written was told when it could not. */
  async end(log: WriteStream): Promise<void> {
    log.end();
    await finished(log).catch(() => undefined);
  }

  async remove(id: BuildId): Promise<void> {
    await rm(this.#pathOf(id), { force: true });
  }

  /** Of which builds there is one. */
  async list(): Promise<BuildId[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.flatMap((name) => {
      const [, id] = /^(\d+)\.log$/.exec(name) ?? [];
      return id === undefined ? [] : [Number(id) as BuildId];
    });
  }

  /** From a place on; with `isOver`, until the build is. Whole lines, unless a line is longer than a piece. */
  async *read(
    id: BuildId,
    wish: {
      readonly from?: LogPlace | undefined;
      readonly isOver: () => Promise<boolean>;
      readonly signal: AbortSignal;
    },
  ): AsyncGenerator<LogPiece> {
    let { from } = wish;
    while (!wish.signal.aborted) {
      const isLast = await wish.isOver();
      for (;;) {
        const piece = await this.#piece(id, from, isLast);
        if (piece === undefined) break;
        from = piece.next;
        yield piece;
        if (wish.signal.aborted) return;
      }
      if (isLast) return;
      await delay(LOOK_EVERY_MS, undefined, { signal: wish.signal }).catch(() => undefined);
    }
  }

  async #piece(
    id: BuildId,
    from: LogPlace | undefined,
    isLast: boolean,
  ): Promise<LogPiece | undefined> {
    const log = await open(this.#pathOf(id)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      throw cause;
    });
    if (log === undefined) return undefined;
    await using _closing = { [Symbol.asyncDispose]: () => log.close() };
    const { ino, size } = await log.stat({ bigint: true });
    const file = String(ino);
    const isAnew = from !== undefined && (from.file !== file || from.byte > size);
    const start = from === undefined || isAnew ? 0 : from.byte;
    const { text, bytes } = await readLines(log, start, isLast);
    if (bytes === 0 && !isAnew) return undefined;
    return { next: { file, byte: start + bytes }, text, isAnew };
  }

  #pathOf(id: BuildId): string {
    return join(this.#folder, `${id}.log`);
  }
}

async function readLines(log: FileHandle, start: number, isLast: boolean) {
  const buffer = Buffer.alloc(PIECE_BYTES);
  const { bytesRead } = await log.read(buffer, 0, PIECE_BYTES, start);
  const lines = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
  const bytes = lines > 0 ? lines : isLast || bytesRead === PIECE_BYTES ? bytesRead : 0;
  return { text: buffer.toString("utf8", 0, bytes), bytes };
}
