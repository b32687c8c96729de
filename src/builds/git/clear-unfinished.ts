import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** A lock, half a pack, or objects of a push that did not come to its end. */
const UNFINISHED = /\.lock$|^tmp_|^gc\.pid$/;
const PLACES = [".", "objects", "objects/info", "objects/pack"];

/**
 * Removes what git leaves where it is killed while it writes: behind a lock that nobody holds it would refuse to write for ever.
 * Only while no git runs there: those of a hub end with it, and within a moment.
 */
export async function clearUnfinished(repository: string): Promise<void> {
  for (const place of PLACES)
    for (const name of await list(join(repository, place)))
      if (UNFINISHED.test(name)) await remove(join(repository, place, name));
  for (const entry of await readdir(join(repository, "refs"), {
    recursive: true,
    withFileTypes: true,
  }).catch(nothingThere))
    if (entry.isFile() && entry.name.endsWith(".lock"))
      await remove(join(entry.parentPath, entry.name));
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

async function list(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(nothingThere);
}

function nothingThere(cause: NodeJS.ErrnoException): [] {
  if (cause.code !== "ENOENT") throw cause;
  return [];
}
