import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DebUnreadable, readDebChangelog } from "./deb-file.ts";
import { parseChangelog } from "./debian-changelog.ts";
import { FixedVersions } from "./fixed-versions.ts";

export interface DerivedAdvisories {
  readonly fixed: FixedVersions;
  readonly packages: number;
  /** Packages that have no changelog of their own: their documentation is another package's. */
  readonly withoutChangelog: number;
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

/** Reads the changelogs inside .deb files: given ones, and all in given directories, such as a mirror's pool. */
export async function deriveAdvisories(options: {
  readonly paths: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}): Promise<DerivedAdvisories> {
  const { paths, signal, onProgress } = options;
  const files = await listDebs(paths);
  const fixed = new FixedVersions();
  const unreadable: { path: string; reason: string }[] = [];
  let withoutChangelog = 0;
  for (const [at, file] of files.entries()) {
    signal?.throwIfAborted();
    onProgress?.(at, files.length);
    try {
      const changelog = parseChangelog((await readDebChangelog(file, signal)) ?? "");
      if (changelog === undefined) withoutChangelog += 1;
      else fixed.add(changelog);
    } catch (cause) {
      if (!(cause instanceof DebUnreadable)) throw cause;
      unreadable.push({ path: file, reason: cause.message });
    }
  }
  return { fixed, packages: files.length, withoutChangelog, unreadable };
}

async function listDebs(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) {
      found.push(path);
      continue;
    }
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true }))
      if (entry.isFile() && entry.name.endsWith(".deb"))
        found.push(join(entry.parentPath, entry.name));
  }
  return found.sort();
}
