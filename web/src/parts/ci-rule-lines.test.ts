import { expect, test } from "vitest";
import { type CiRuleDraft, faultsOf, linesOf } from "./ci-rule-lines.ts";

const DRAFT: CiRuleDraft = {
  ...{ service: "github", project: "acme/api", branch: "main", account: "ci" },
  ...{ repositories: "acme/**", push: true },
};

test.for<[Partial<CiRuleDraft>, string]>([
  [{ project: "https://github.com/acme/api" }, "project"],
  [{ project: "acme" }, "project"],
  [{ branch: "a b" }, "branch"],
  [{ account: "CI" }, "account"],
  [{ repositories: "acme/**, library/*" }, "repositories"],
])("%j is shown where it is wrong, and makes no lines", ([wish, field]) => {
  expect([...faultsOf({ ...DRAFT, ...wish })]).toEqual([field]);
  expect(linesOf({ ...DRAFT, ...wish })).toBeUndefined();
});

test("what is not written yet is not wrong, and makes no lines", () => {
  const draft = { ...DRAFT, account: "", project: "" };
  expect(faultsOf(draft).size).toBe(0);
  expect(linesOf(draft)).toBeUndefined();
});
