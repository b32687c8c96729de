import { expect, test } from "vitest";
import { parseDockerIgnore } from "./docker-ignore.ts";

test.each([
  ["", "a", "take"],
  ["node_modules", "node_modules", "skip"],
  ["node_modules", "node_modules/a/b", "skip"],
  ["node_modules", "app/node_modules", "take"],
  ["**/node_modules", "app/node_modules/x", "skip"],
  ["/dist/", "dist/a", "skip"],
  ["*.md", "README.md", "skip"],
  ["*.md", "docs/README.md", "take"],
  ["*.md\n!README.md", "README.md", "take"],
  ["*.md\n!README.md", "OTHER.md", "look"],
  ["*\n!src/**", "src", "look"],
  ["*\n!src/**", "src/a.c", "take"],
  ["!a\na", "a", "look"],
  ["# a", "# a", "take"],
  ["./a/../b", "b", "skip"],
  ["a?c", "abc", "skip"],
  ["a[0-9].txt", "a7.txt", "skip"],
  ["a.c", "abc", "take"],
])("%j makes of %j: %s", (text, path, verdict) => {
  expect(parseDockerIgnore(text)(path)).toBe(verdict);
});
