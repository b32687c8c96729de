import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** Guides for people who read Chinese; references are generated in English alone. */
const GUIDES = ["README", "docs/web"];

/** Of both languages the same: levels of headings, what is typed, pictures, and how many items there are. */
async function shapeOf(path: string) {
  const text = await readFile(join(ROOT, path), "utf8");
  const blocks = text.match(/```[\s\S]*?```/g) ?? [];
  const prose = text.replaceAll(/```[\s\S]*?```/g, "");
  return {
    blocks,
    headings: (prose.match(/^#+/gm) ?? []).map((level) => level.length),
    items: prose.match(/^- /gm)?.length ?? 0,
    pictures: prose.match(/pictures\/[^)]+/g) ?? [],
  };
}

test.each(GUIDES)("%s has the same sections, examples and pictures in Chinese", async (guide) => {
  const [english, chinese] = await Promise.all([shapeOf(`${guide}.md`), shapeOf(`${guide}.zh.md`)]);
  expect(chinese).toEqual(english);
});
