import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

const MAX_HELD_CHARACTERS = 16 * 1024 * 1024;
const READ_BYTES = 256 * 1024;
const WRITE_CHARACTERS = 1024 * 1024;

/** Sorts more lines than memory holds: sorted runs go to files of a directory, and are read back as one. */
export class SortedRuns implements AsyncDisposable {
  readonly #directory: string;
  readonly #files: string[] = [];
  #held: string[] = [];
  #characters = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A line holds no line feed. Lines are ordered by their UTF-16 code units. */
  add(line: string): void {
    this.#held.push(line);
    this.#characters += line.length;
    if (this.#characters >= MAX_HELD_CHARACTERS) this.#spill();
  }

  /** Every line, with those of other sorted sequences; the same line twice stands there once. */
  *sorted(...others: readonly Iterable<string>[]): Generator<string> {
    const held = this.#held.sort();
    const sources = [held, ...this.#files.map(readLines), ...others];
    let last: string | undefined;
    for (const line of merge(sources)) {
      if (line !== last) yield line;
      last = line;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#held = [];
    await Promise.all(this.#files.map((file) => rm(file, { force: true })));
  }

  #spill(): void {
    const file = join(this.#directory, `run-${this.#files.length}`);
    this.#files.push(file);
    const fd = openSync(file, "w", 0o600);
    try {
      writeLines(fd, this.#held.sort());
    } finally {
      closeSync(fd);
    }
    this.#held = [];
    this.#characters = 0;
  }
}

function writeLines(fd: number, lines: readonly string[]): void {
  let text = "";
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < WRITE_CHARACTERS) continue;
    writeAll(fd, text);
    text = "";
  }
  writeAll(fd, text);
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function* readLines(file: string): Generator<string> {
  const fd = openSync(file, "r");
  try {
    const decoder = new TextDecoder();
    const buffer = Buffer.alloc(READ_BYTES);
    let rest = "";
    for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) {
      const lines = (rest + decoder.decode(buffer.subarray(0, length), { stream: true })).split(
        "\n",
      );
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    closeSync(fd);
  }
}

/** There are few sources: looking at each one's next line costs less than keeping a heap. */
function* merge(sources: readonly Iterable<string>[]): Generator<string> {
  const readers = sources.map((source) => source[Symbol.iterator]());
  const heads = readers.map((reader) => next(reader));
  for (;;) {
    let least: string | undefined;
    let at = -1;
    for (let index = 0; index < heads.length; index += 1) {
      const head = heads[index];
      if (head === undefined || (least !== undefined && least <= head)) continue;
      least = head;
      at = index;
    }
    const reader = readers[at];
    if (least === undefined || reader === undefined) return;
    yield least;
    heads[at] = next(reader);
  }
}

function next(reader: Iterator<string>): string | undefined {
  const { done, value } = reader.next();
  return done === true ? undefined : value;
}
