import { expect, test } from "vitest";
import { roundUp, spread } from "./chart-scale.ts";

test("the upper edge of a chart is a round number that nothing lies above", () => {
  expect([0, 1, 3, 7, 12, 99, 101, 240, 4_100_000].map(roundUp)).toEqual([
    1, 1, 4, 8, 20, 100, 200, 400, 6_000_000,
  ]);
  for (let n = 1; n < 5000; n += 7) expect(roundUp(n)).toBeGreaterThanOrEqual(n);
});

test("the places that are named begin with the first and end with the last", () => {
  expect(spread(3, 5)).toEqual([0, 1, 2]);
  expect(spread(30, 4)).toEqual([0, 10, 19, 29]);
  expect(spread(0, 4)).toEqual([]);
});
