import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncDirectory } from "../../lib/durable-file.ts";

/** The file is there whole, as it was or as it is to be, whenever the process dies; nobody but its owner can read it before it has its mode. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  try {
    await using file = await open(draft, "wx", mode);
    await file.writeFile(content);
    await file.sync();
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw cause;
  }
  await syncDirectory(dirname(path));
}
