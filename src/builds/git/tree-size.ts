import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { BuildFailed } from "../builder/build-failed.ts";

interface Tree {
  readonly path: string;
  readonly commit: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What a file takes beside its content, in an archive and on a disk. */
const FILE_BYTES = 1024;
const LISTED = /^\S+ \S+ \S+ +(\d+|-)\t/;

/**
 * Before any of it is written: a pack of a megabyte may name the same gigabyte a thousand times, or folders within folders that have no
 * end. Throws BuildFailed.
 */
export async function assertTreeFits(tree: Tree, limitBytes: number): Promise<void> {
  const { path, commit, env, signal } = tree;
  const args = ["-C", path, "ls-tree", "-r", "--long", "--full-tree", commit];
  const git = spawn("git", args, { env, stdio: ["ignore", "pipe", "ignore"], signal });
  const ended = once(git, "close");
  // Whoever waits for the lines comes to it later.
  ended.catch(() => undefined);
  let bytes = 0;
  try {
    for await (const line of createInterface({ input: git.stdout })) {
      const [, size = "0"] = LISTED.exec(line) ?? [];
      bytes += FILE_BYTES + (size === "-" ? 0 : Number(size));
      if (bytes > limitBytes) throw new BuildFailed(describeSize(limitBytes));
    }
  } finally {
    git.kill("SIGKILL");
  }
  const [code] = await ended;
  if (code !== 0) throw new BuildFailed("the files of the commit cannot be listed");
}

function describeSize(limitBytes: number): string {
  return `the files of the commit have more than ${Math.round(limitBytes / 1024 / 1024)} MiB (builds.disk)`;
}
