import { type BigIntStats, fstatSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { isMissing } from "../../lib/file-error.ts";

/** A file that is open for reading. Disposing of it gives it back; it may then be closed at any time. */
export interface OpenFile extends AsyncDisposable {
  readonly handle: FileHandle;
  readonly size: number;
  /** Changes whenever the file is replaced or written to: inode, size and times. */
  readonly identity: string;
}

interface Entry {
  readonly handle: FileHandle;
  users: number;
  /** Nobody gets it any more; the last user closes it. */
  isRetired: boolean;
}

/**
 * Keeps files open that are read again and again: opening one costs several trips to a thread, more than sending a small
 * file does. What a caller gets is always what the name leads to at that moment, or has led to an instant ago.
 */
export class OpenFiles implements AsyncDisposable {
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  /** Moves with every `forget`, so that a file that was being opened meanwhile is not kept under its old name. */
  #version = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Undefined if there is no such file. */
  async open(path: string): Promise<OpenFile | undefined> {
    return this.openKept(path) ?? (await this.#openAnew(path));
  }

  /** The file if it is open already, without waiting for anything. */
  openKept(path: string): OpenFile | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    // The inode of an open file is in memory: this does not wait for the disk.
    const facts = fstatSync(entry.handle.fd, { bigint: true });
    if (facts.nlink === 0n) {
      this.forget(path);
      return undefined;
    }
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    return lease(entry, facts);
  }

  /** The name leads somewhere else now, or nowhere. */
  forget(path: string): void {
    this.#version += 1;
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    this.#entries.delete(path);
    retire(entry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of [...this.#entries.keys()]) this.forget(path);
  }

  async #openAnew(path: string): Promise<OpenFile | undefined> {
    const version = this.#version;
    const handle = await openIfThere(path);
    if (handle === undefined) return undefined;
    const entry: Entry = { handle, users: 0, isRetired: false };
    const file = lease(entry, fstatSync(handle.fd, { bigint: true }));
    if (version === this.#version) this.#keep(path, entry);
    else retire(entry);
    return file;
  }

  #keep(path: string, entry: Entry): void {
    this.#entries.set(path, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limit && oldest !== undefined) this.forget(oldest);
  }
}

function lease(entry: Entry, facts: BigIntStats): OpenFile {
  entry.users += 1;
  let isGivenBack = false;
  return {
    handle: entry.handle,
    size: Number(facts.size),
    identity: identityOf(facts),
    async [Symbol.asyncDispose]() {
      if (isGivenBack) return;
      isGivenBack = true;
      entry.users -= 1;
      closeIfUnused(entry);
    },
  };
}

/** The identity of the file as `open` would tell it, for a file that was just written. */
export function fileIdentity(path: string): string | undefined {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  return facts && identityOf(facts);
}

function identityOf(facts: BigIntStats): string {
  return `${facts.ino}:${facts.size}:${facts.mtimeNs}:${facts.ctimeNs}`;
}

function retire(entry: Entry): void {
  entry.isRetired = true;
  closeIfUnused(entry);
}

function closeIfUnused({ handle, users, isRetired }: Entry): void {
  // Nothing was written through it, so there is nothing that a failure to close could lose.
  if (isRetired && users === 0) handle.close().catch(() => undefined);
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}
