import { closeSync, fsync, openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

const sync = promisify(fsync);

/** Makes the names in a directory survive a power cut: a rename is only durable once its directory is synced. */
export async function syncDirectory(path: string): Promise<void> {
  // Whoever syncs a directory has just used it: opening it again does not wait for the disk.
  const fd = openSync(path, "r");
  try {
    await sync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Creates a directory and its missing ancestors, and syncs the parent of each one it had to create. */
export async function makeDurableDirectory(path: string): Promise<void> {
  const firstCreated = await mkdir(path, { recursive: true });
  if (firstCreated === undefined) return;
  const stop = dirname(firstCreated);
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    await syncDirectory(parent);
    if (parent === stop || parent === dirname(parent)) return;
  }
}
