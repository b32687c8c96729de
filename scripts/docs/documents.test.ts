import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderDocuments } from "./documents.ts";

const ROOT = join(import.meta.dirname, "../..");

test.each([...renderDocuments()])(
  "%s says what the code does (npm run docs)",
  async (path, text) => {
    expect(await readFile(join(ROOT, path), "utf8")).toBe(text);
  },
);
