import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { plainEnvironment } from "./clone.ts";
import { run } from "./command.ts";
import { unmountBelow } from "./temp-directory.ts";

const CACHE = join(import.meta.dirname, "../../.cache/scanning");
const MINUTE = 60_000;

/**
 * The archive of a fresh root of Debian's minimal packages, made once in a clone by debootstrap (a minute, 200 MB) and kept
 * in `.cache/`.
 */
export async function debianRoot(suite: "bookworm" | "bullseye" | "trixie"): Promise<string> {
  const archive = join(CACHE, `${suite}.tar`);
  if ((await stat(archive).catch(() => undefined)) !== undefined) return archive;
  await mkdir(CACHE, { recursive: true });
  const root = join(CACHE, `${suite}-${process.pid}`);
  const environment = plainEnvironment();
  try {
    await run("debootstrap", ["--variant=minbase", suite, root], {
      timeoutMs: 15 * MINUTE,
      env: { ...environment, PATH: `/usr/sbin:/sbin:${environment.PATH}` },
    });
    // As layers are: numeric owners, no devices.
    const options = ["--numeric-owner", "--sort=name", "--exclude=./dev/*", "-C", root];
    await run("tar", [...options, "-cf", `${root}.tar`, "."], { timeoutMs: 5 * MINUTE });
    await rename(`${root}.tar`, archive);
  } finally {
    // One that was ended in the middle has left its own /proc.
    await unmountBelow(root);
    await rm(root, { recursive: true, force: true });
  }
  return archive;
}
