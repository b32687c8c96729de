import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = new URL("../../", import.meta.url).pathname;

/**
 * What `berth` runs: the build where it is as new as the sources (`npm test` sees to that), which starts in half the time, and
 * the sources themselves otherwise, as in the copies of `mutations.test.ts`.
 */
export const PROGRAM = join(ROOT, isBuilt() ? "dist/app/main.js" : "src/app/main.ts");

/** Compiled code is kept from one process to the next, as `bin/berth` does. */
export const PROGRAM_ENVIRONMENT = { NODE_COMPILE_CACHE: join(ROOT, ".cache/compiled") };

function isBuilt(): boolean {
  const built = statSync(join(ROOT, "dist/.built"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return readdirSync(join(ROOT, "src"), { recursive: true, withFileTypes: true }).every(
    (entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs <= built,
  );
}
