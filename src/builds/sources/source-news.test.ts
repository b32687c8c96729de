import { expect, test } from "vitest";
import { isNews } from "./source-news.ts";

test("that a source was looked at once more, by itself and as before, is no news", () => {
  const fetchedAt = new Date("2026-11-29T12:00:00Z");
  const quiet = { wantedAt: undefined, fetchedAt, why: undefined };
  expect(isNews(quiet, undefined)).toBe(false);
  expect(isNews({ ...quiet, why: "it is away" }, "it is away")).toBe(false);
  expect(isNews(quiet, "it is away")).toBe(true);
  expect(isNews({ ...quiet, why: "it is away" }, undefined)).toBe(true);
  expect(isNews({ ...quiet, fetchedAt: undefined }, undefined)).toBe(true);
  expect(isNews({ ...quiet, wantedAt: fetchedAt }, undefined)).toBe(true);
});
