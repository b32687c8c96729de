import { write, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isatty } from "node:tty";
import { promisify } from "node:util";
import type { DestinationStream } from "pino";

const writeAsync = promisify(write);

/** Beyond that, lines that their reader is too slow for are dropped: serving goes before logging. */
const WAITING_CHARACTERS = 8 * 1024 * 1024;
const BUSY_MS = 20;

/**
 * Lines to a file descriptor, written in the background, so that a reader that stands still does not stop the hub. A
 * reader that has gone ends the log, a full disk interrupts it; neither is an error of the hub's (R32). pino's own
 * destination would wait for room on the disk for ever when the process ends.
 */
export class LogOutput implements DestinationStream {
  readonly #fd: number;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #isWriting = false;
  #isClosed = false;
  #lostLines = 0;

  constructor(fd: number) {
    this.#fd = fd;
    process.once("exit", () => this.flushSync());
  }

  get isTTY(): boolean {
    return isatty(this.#fd);
  }

  write(line: string): void {
    if (this.#isClosed) return;
    if (this.#waitingCharacters + line.length > WAITING_CHARACTERS) {
      this.#lostLines += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingCharacters += line.length;
    if (!this.#isWriting) void this.#writeOut();
  }

  /** For the end of the process: what is waiting is written now or lost. */
  flushSync(): void {
    const lines = this.#take();
    try {
      if (lines.length > 0 && !this.#isClosed) writeSync(this.#fd, lines.join(""));
    } catch {
      // There is no other place to report it.
    }
  }

  async #writeOut(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const lines = this.#take();
      try {
        await this.#writeAll(Buffer.from(lines.join("")));
        this.#reportLoss();
      } catch (error) {
        this.#isClosed = isGone(error);
        this.#lostLines += lines.length;
      }
    }
    this.#isWriting = false;
  }

  async #writeAll(bytes: Buffer): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      try {
        written += (await writeAsync(this.#fd, bytes, written)).bytesWritten;
      } catch (error) {
        if (!isBusy(error)) throw error;
        await delay(BUSY_MS);
      }
    }
  }

  #take(): string[] {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#waitingCharacters = 0;
    return lines;
  }

  #reportLoss(): void {
    if (this.#lostLines === 0) return;
    const time = new Date().toISOString();
    const facts = { level: "warn", time, lines: this.#lostLines, msg: "log lines lost" };
    this.#lostLines = 0;
    this.write(`${JSON.stringify(facts)}\n`);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EPIPE";
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
