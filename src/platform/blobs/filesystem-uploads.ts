import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  createReadStream,
  open as openWithCallback,
  statSync,
} from "node:fs";
import { open, opendir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { isMissing } from "../../lib/file-error.ts";
import type { UploadFile, UploadStore } from "./blob-store.ts";

/** Positioned writes into a file that is created when the first byte arrives. */
const APPEND = constants.O_CREAT | constants.O_RDWR;
const READ_BUFFER_BYTES = 1024 * 1024;

export interface FilesystemUploads extends UploadStore {
  /** Where the bytes of an upload lie; the blob store renames them from there. */
  pathOf(uploadId: string): string;
  /** A name for bytes that belong to no session, such as a manifest on its way in. */
  temporaryName(): string;
}

export function openFilesystemUploads(folder: string): FilesystemUploads {
  const pathOf = (uploadId: string) => join(folder, uploadId);
  return {
    pathOf,
    temporaryName: () => `temporary-${randomUUID()}`,
    size: (uploadId) => sizeOf(pathOf(uploadId)),
    openForAppend: (uploadId) => openUpload(pathOf(uploadId)),
    read: (uploadId) => read(pathOf(uploadId)),
    remove: (uploadId) => rm(pathOf(uploadId), { force: true }),
    list: () => list(folder),
  };
}

const openFile = promisify(openWithCallback);

async function openUpload(path: string): Promise<UploadFile> {
  const fd = await openFile(path, APPEND);
  // Nothing is flushed by closing: what has to last is synced when the upload becomes a blob.
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}

async function sizeOf(path: string): Promise<number> {
  // The folder of uploads is in use all the time: looking into it does not wait for the disk.
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function read(path: string): Promise<Readable | undefined> {
  try {
    const fd = await open(path, "r");
    return createReadStream("", { fd, highWaterMark: READ_BUFFER_BYTES });
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}

async function* list(folder: string): AsyncGenerator<{ uploadId: string; changedAt: Date }> {
  for await (const entry of await opendir(folder)) {
    const facts = await stat(join(folder, entry.name)).catch(() => undefined);
    if (facts !== undefined) yield { uploadId: entry.name, changedAt: facts.mtime };
  }
}
