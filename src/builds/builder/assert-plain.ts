import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { BuildFailed } from "./build-failed.ts";

/** Of an archive that was unpacked, whatever it was read as: nothing but files, folders and links is here. Throws BuildFailed. */
export async function assertPlain(root: string): Promise<void> {
  const folders = [root];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for await (const entry of await opendir(next)) {
      if (entry.isDirectory()) folders.push(join(next, entry.name));
      else if (!entry.isFile() && !entry.isSymbolicLink())
        throw new BuildFailed(`${entry.name} is neither a file nor a folder nor a link`);
    }
  }
}
