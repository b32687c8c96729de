import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const SOURCE = new URL("../../src/", import.meta.url).pathname;

/** Every fail point the program has, read from its source: a new one is tested from the day it is written. */
export async function listFailPoints(): Promise<readonly string[]> {
  const points = new Set<string>();
  for (const path of await readdir(SOURCE, { recursive: true })) {
    if (!path.endsWith(".ts") || path.endsWith(".test.ts")) continue;
    const text = await readFile(join(SOURCE, path), "utf8");
    for (const match of text.matchAll(/failPoint\("([^"]+)"\)/g)) points.add(match[1] ?? "");
  }
  return [...points].sort();
}
