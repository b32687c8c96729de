import { existsSync } from "node:fs";
import { join } from "node:path";

/** `shared/data` beside the repository: frozen feeds, vectors and fixtures that are too large to keep in it. */
const DATA = join(import.meta.dirname, "../../../shared/data");

/** The path of something in it; fails with a clear sentence where it is not there. */
export function sharedData(...segments: readonly string[]): string {
  const path = join(DATA, ...segments);
  if (!existsSync(path)) {
    throw new Error(`${path} is missing: the directory shared/ has to lie beside the repository`);
  }
  return path;
}
