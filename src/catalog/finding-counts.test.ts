import { expect, test } from "vitest";
import { type FindingCounts, worstOf } from "./finding-counts.ts";

test("no image looks better than its worst platform, and one that was not looked into is worse than a clean one", () => {
  const clean: FindingCounts = { state: "done", counts: {} };
  const failed: FindingCounts = { state: "failed", counts: {} };
  const low: FindingCounts = { state: "done", counts: { low: 3 } };
  const critical: FindingCounts = { state: "done", counts: { critical: 1 } };
  expect(worstOf([clean, failed])).toBe(failed);
  expect(worstOf([failed, clean])).toBe(failed);
  expect(worstOf([clean, failed, low])).toBe(low);
  expect(worstOf([low, critical, failed])).toBe(critical);
  expect(worstOf([])).toBeUndefined();
});
