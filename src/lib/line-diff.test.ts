import { expect, test } from "vitest";
import { diffLines } from "./line-diff.ts";

test("lines that stay, go and come are told in order", () => {
  expect(diffLines([], ["a"])).toEqual(["+a"]);
  expect(diffLines(["a"], [])).toEqual(["-a"]);
  expect(diffLines(["a", "b", "c"], ["a", "x", "c", "d"])).toEqual([" a", "-b", "+x", " c", "+d"]);
});
