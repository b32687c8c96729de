import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A schema as its publisher has it: `test/data/schemas/ORIGIN.md` says where it comes from. */
export function officialSchema(name: string): object {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../data/schemas", name), "utf8"));
}
