import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attempt } from "./command.ts";

export type TempDirectory = { readonly path: string } & AsyncDisposable;

/** A directory that is gone, with whatever was mounted inside it, when its block ends. */
export async function makeTempDirectory(purpose: string): Promise<TempDirectory> {
  // Lower case only, as mkdtemp would not give: podman names images after the directory they came from.
  const path = join(tmpdir(), `berth-${purpose}-${randomBytes(5).toString("hex")}`);
  await mkdir(path, { mode: 0o700 });
  return {
    path,
    async [Symbol.asyncDispose]() {
      await unmountBelow(path);
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Container tools leave namespaces and overlays mounted; removing through a mount would reach other people's files. */
export async function unmountBelow(path: string): Promise<void> {
  const mounts = await readFile("/proc/self/mounts", "utf8");
  const targets = mounts
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((target) => target.startsWith(`${path}/`))
    .reverse();
  for (const target of targets) await attempt("umount", ["--lazy", target]);
}
