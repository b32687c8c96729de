import { expect, test } from "vitest";
import { suggestWords } from "./suggest-words.ts";

const wordsAt = (text: string) => suggestWords(text, text.length).map(({ words }) => words);

test("a line begins with what it does, and goes on with what its verb takes", () => {
  expect(wordsAt("")).toEqual(["keep", "delete"]);
  expect(wordsAt("keep n: 5\nde")).toEqual(["delete"]);
  expect(wordsAt("delete ")).toContain("--older-than 90d");
  expect(wordsAt("keep ")).not.toContain("--older-than 90d");
  expect(wordsAt("keep --m")).toEqual(['--match "*"']);
  expect(wordsAt("keep n: 3 p")).toEqual(["per major", "per minor", "per patch"]);
  expect(wordsAt("keep n: 3 per minor o")).toEqual(["of 4 minors"]);
});

test("nothing is suggested inside quotes, behind a word that nobody knows, or twice", () => {
  expect(wordsAt('delete --match "*-d')).toEqual([]);
  expect(wordsAt("remove ")).toEqual([]);
  expect(wordsAt('keep --match "a" --m')).toEqual([]);
});

test("what is chosen stands in place of what was typed, and the rest of the text stays", () => {
  const [first] = suggestWords("ke\ndelete untagged", 2);
  expect(first).toEqual({ words: "keep", text: "keep\ndelete untagged", caret: 4 });
});
