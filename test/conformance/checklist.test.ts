import { expect, test } from "vitest";
import { CHECKLIST, SECURITY_CHECKLIST } from "./checklist.ts";
import { indexTests, readReadme, withTables } from "./test-index.ts";

const ROWS = [...CHECKLIST, ...SECURITY_CHECKLIST].map(({ id }) => id);

test("every row of the checklist has a test", async () => {
  const index = await indexTests();
  expect(ROWS.filter((id) => !index.has(id))).toEqual([]);
});

test("every test that names a row names one of the checklist", async () => {
  const index = await indexTests();
  expect([...index.keys()].filter((id) => !ROWS.includes(id))).toEqual([]);
});

test("the README says where the tests of each row are", async () => {
  const readme = await readReadme();
  // Out of date? Run: node test/conformance/write-readme.ts
  expect(withTables(readme, await indexTests())).toBe(readme);
});
