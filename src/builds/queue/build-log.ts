import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { BuildId } from "../tables.ts";

const LOOK_EVERY_MS = 200;
const PIECE_BYTES = 64 * 1024;

export interface LogPiece {
  /** Where the next one begins. */
  readonly next: number;
  readonly text: string;
}

/** What builds print: one file each, only ever appended to. */
export class BuildLogs {
  readonly #folder: string;

  constructor(data: string) {
    this.#folder = join(data, "builds", "logs");
  }

  /** A build that is tried again begins its log anew. `onLost` is told once, when no more of it can be written. */
  async begin(id: BuildId, onLost: (cause: Error) => void): Promise<WriteStream> {
    await mkdir(this.#folder, { recursive: true });
    return createWriteStream(this.#pathOf(id), { flags: "w" }).once("error", onLost);
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

  /** From a byte on; with `isOver`, until the build is. Whole lines, unless a line is longer than a piece. */
  async *read(
    id: BuildId,
    wish: { start: number; isOver: () => Promise<boolean>; signal: AbortSignal },
  ): AsyncGenerator<LogPiece> {
    let { start } = wish;
    while (!wish.signal.aborted) {
      const isLast = await wish.isOver();
      for (;;) {
        const piece = await this.#piece(id, start, isLast);
        if (piece === undefined) break;
        start = piece.next;
        yield piece;
      }
      if (isLast) return;
      await delay(LOOK_EVERY_MS, undefined, { signal: wish.signal }).catch(() => undefined);
    }
  }

  async #piece(id: BuildId, start: number, isLast: boolean): Promise<LogPiece | undefined> {
    const file = await open(this.#pathOf(id)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      throw cause;
    });
    if (file === undefined) return undefined;
    await using _closing = { [Symbol.asyncDispose]: () => file.close() };
    const buffer = Buffer.alloc(PIECE_BYTES);
    const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES, start);
    const lines = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
    const end = lines > 0 ? lines : isLast || bytesRead === PIECE_BYTES ? bytesRead : 0;
    if (end === 0) return undefined;
    return { next: start + end, text: buffer.toString("utf8", 0, end) };
  }

  #pathOf(id: BuildId): string {
    return join(this.#folder, `${id}.log`);
  }
}
