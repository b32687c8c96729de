import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** Guides of those who use a hub; of those who run one, and references, there are English ones alone. */
const GUIDES = [
  "README",
  "docs/accounts",
  "docs/builds",
  "docs/content-trust",
  "docs/keyless-ci",
  "docs/layers",
  "docs/lifecycle",
  "docs/official-images",
  "docs/pull-policies",
  "docs/repositories",
  "docs/scanning",
  "docs/sign-in",
  "docs/signing",
  "docs/troubleshooting",
  "docs/web",
  "docs/webhooks",
];

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
