import { expect, test } from "vitest";
import { isFiltered, tagParams, toTagsQuery } from "./tag-wish.ts";

test("what the address says of tags is kept where it fits, and left out where it does not", () => {
  const typed = { q: "1.", order: "version", architecture: "arm/v7", age: "week" };
  expect(tagParams({ ...typed, findings: "all", signed: 1, other: "x" })).toEqual(typed);
  expect(tagParams({ q: "", order: "size" })).toEqual({});
});

test("an age is a bound of time on the right side of now", () => {
  const now = new Date("2026-03-31T12:00:00Z");
  expect(toTagsQuery({ q: "1", age: "day" }, now)).toEqual({
    q: "1",
    since: "2026-03-30T12:00:00.000Z",
  });
  expect(toTagsQuery({ age: "before-month" }, now)).toEqual({ before: "2026-03-01T12:00:00.000Z" });
  expect(toTagsQuery({ order: "name" }, now)).toEqual({ order: "name" });
});

test("words and order leave an empty list to be explained by themselves; filters do not", () => {
  expect(isFiltered({ q: "x", order: "name" })).toBe(false);
  expect(isFiltered({ signed: "no" })).toBe(true);
});
