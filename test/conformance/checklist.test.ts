import { expect, test } from "vitest";
import { indexTests } from "../../scripts/docs/conformance-document.ts";
import { CHECKLIST, SECURITY_CHECKLIST } from "./checklist.ts";

const ROWS = [...CHECKLIST, ...SECURITY_CHECKLIST].map(({ id }) => id);

test("every row of the checklist has a test", () => {
  const index = indexTests();
  expect(ROWS.filter((id) => !index.has(id))).toEqual([]);
});

test("every test that names a row names one of the checklist", () => {
  expect([...indexTests().keys()].filter((id) => !ROWS.includes(id))).toEqual([]);
});
