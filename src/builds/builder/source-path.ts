import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { BuildFailed } from "./build-failed.ts";

/** A link in the repository must not lead the builder to files of the machine. Throws BuildFailed. */
export async function resolveWithin(source: string, path: string): Promise<string> {
  const root = await realpath(source);
  const found = await realpath(join(root, path)).catch((cause: unknown) => {
    throw new BuildFailed(`there is no ${path} in this commit`, { cause });
  });
  if (found !== root && !found.startsWith(`${root}/`))
    throw new BuildFailed(`${path} leads out of the repository`);
  return found;
}
