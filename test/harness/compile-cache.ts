import { join } from "node:path";

/**
 * Where programs of these tests keep what Node made of the sources: a hub starts in half the time with it. It is found by
 * the text of each file, so it is never out of date.
 */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, "../../node_modules/.cache/berth-tests"),
} as const;
