import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { getuid } from "node:process";
import { promisify } from "node:util";

const run = promisify(execFile);
const LOOK_EVERY_MS = 200;
const MEASURE_EVERY_MS = 3000;
/** An empty file takes room, too. */
const INODE_BYTES = 4096;
/** Who sees all files of builds. */
const AS_BUILDER = getuid?.() === 0 ? [] : ["unshare", "--user", "--map-auto", "--map-root-user"];

interface DiskWatch {
  readonly folders: readonly string[];
  readonly limitBytes: number;
  readonly onFull: () => void;
}

/**
 * Calls once when the folders have grown by more than the limit. How much is free on their disk tells at once that something grows;
 * what of it is theirs is measured then, and every few seconds. Returns how to stop.
 */
export function watchDisk(watch: DiskWatch): () => void {
  const stop = new AbortController();
  const [first = "/"] = watch.folders;
  const look = async () => {
    const before = await measure(watch.folders);
    let free = await freeBytes(first);
    let measuredAt = performance.now();
    while (!stop.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      const now = await freeBytes(first);
      const isDue = performance.now() - measuredAt > MEASURE_EVERY_MS;
      if (!isDue && free - now < watch.limitBytes / 2) continue;
      free = now;
      const used = await measure(watch.folders);
      measuredAt = performance.now();
      if (used - before <= watch.limitBytes) continue;
      watch.onFull();
      return;
    }
  };
  look().catch(() => {
    // What cannot be measured is not within a limit; folders go away only after the end.
    if (!stop.signal.aborted) watch.onFull();
  });
  return () => stop.abort();
}

/** What lies below the folders, in bytes of the disk. */
export async function measure(folders: readonly string[]): Promise<number> {
  const [command = "du", ...args] = [...AS_BUILDER, "du", "--summarize", "--one-file-system"];
  const sizes = await list(command, [...args, "--block-size=1", "--", ...folders]);
  const counts = await list(command, [...args, "--inodes", "--", ...folders]);
  return sizes + counts * INODE_BYTES;
}

/** What disappears while it is counted makes `du` fail, and its numbers no worse. */
async function list(command: string, args: readonly string[]): Promise<number> {
  const stdout = await run(command, [...args]).then(
    (done) => done.stdout,
    (cause: { stdout?: string }) => cause.stdout ?? "",
  );
  const lines = stdout.trim().split("\n");
  return lines.reduce((sum, line) => sum + (Number.parseInt(line, 10) || 0), 0);
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
