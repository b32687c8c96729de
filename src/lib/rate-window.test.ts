import { expect, test } from "vitest";
import { RateWindow } from "./rate-window.ts";

function open(count: number, most?: number) {
  const time = { now: 1_000_000 };
  const window = new RateWindow({
    limit: { count, windowMs: 60_000 },
    clock: () => new Date(time.now),
    ...(most !== undefined && { most }),
  });
  return { window, time };
}

test("so many pass, then none until the time of the first is over", () => {
  const { window, time } = open(2);
  expect(window.take("a")).toEqual({ isWithin: true, remaining: 1, resetsAt: 1_060_000 });
  time.now += 30_000;
  expect(window.take("a")).toEqual({ isWithin: true, remaining: 0, resetsAt: 1_060_000 });
  expect(window.take("a")).toEqual({ isWithin: false, remaining: 0, resetsAt: 1_060_000 });
  time.now += 30_000;
  expect(window.take("a")).toEqual({ isWithin: true, remaining: 1, resetsAt: 1_120_000 });
});

test("keys are counted apart, and looking counts nothing", () => {
  const { window } = open(1);
  expect(window.look("a")).toMatchObject({ isWithin: true, remaining: 1 });
  expect(window.take("a")).toMatchObject({ isWithin: true, remaining: 0 });
  expect(window.look("a")).toMatchObject({ isWithin: false, remaining: 0 });
  expect(window.take("b")).toMatchObject({ isWithin: true });
});

test("a limit of none lets none pass", () => {
  const { window } = open(0);
  expect(window.take("a")).toMatchObject({ isWithin: false, remaining: 0 });
});

test("the number of keys is bounded: the oldest is forgotten", () => {
  const { window } = open(1, 2);
  for (const key of ["a", "b", "c"]) window.take(key);
  expect(window.look("a").remaining).toBe(1);
  expect(window.look("b").remaining).toBe(0);
  expect(window.look("c").remaining).toBe(0);
});
