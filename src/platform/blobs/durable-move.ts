import { closeSync, fdatasync, openSync, renameSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { syncDirectory } from "../../lib/durable-file.ts";
import { failPoint } from "../fail-point.ts";
import { LostWriteError } from "./lost-write.ts";

const syncData = promisify(fdatasync);

/**
 * Puts a file under its final name: the bytes are synced before the name exists, and the name before this resolves.
 * After a power cut the name holds the whole file or does not exist.
 */
export async function moveDurably(from: string, to: string): Promise<void> {
  const folder = dirname(to);
  await failPoint("blob.before-fsync");
  // The folder is made while the bytes are on their way to the disk.
  await Promise.all([syncContent(from), mkdir(folder, { recursive: true })]);
  await failPoint("blob.after-fsync");
  await failPoint("blob.before-rename");
  // Both names are in memory: going to a thread for this would cost more than doing it.
  renameSync(from, to);
  await failPoint("blob.after-rename");
  // The file's name in its folder, and the folder's own, which may be new: one commit of the file system's journal.
  await Promise.all([syncDirectory(folder), syncDirectory(dirname(folder))]);
  await failPoint("blob.after-directory-sync");
}

async function syncContent(path: string): Promise<void> {
  const fd = openSync(path, "r");
  try {
    await syncData(fd);
  } catch (cause) {
    throw new LostWriteError(cause);
  } finally {
    closeSync(fd);
  }
}
