import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTicker } from "./ticker.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What a browser says of a page, and nothing else of it. */
class Page extends EventTarget {
  hidden = false;

  show(isShown: boolean): void {
    this.hidden = !isShown;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

test("a hundred times on a page go on by one timer, which ends with the last of them", () => {
  const ticker = createTicker(new Page());
  const calls = Array.from({ length: 100 }, () => vi.fn());
  const ends = calls.map((call) => ticker.subscribe(call));
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(60_000);
  for (const call of calls) expect(call).toHaveBeenCalledTimes(6);
  for (const end of ends) end();
  expect(vi.getTimerCount()).toBe(0);
});

test("nothing goes on while the page is hidden, and all of it at once when it is seen again", () => {
  const page = new Page();
  const ticker = createTicker(page);
  const call = vi.fn();
  const end = ticker.subscribe(call);
  page.show(false);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(3_600_000);
  expect(call).not.toHaveBeenCalled();
  page.show(true);
  expect(call).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(10_000);
  expect(call).toHaveBeenCalledTimes(2);
  end();
  page.show(false);
  page.show(true);
  expect(vi.getTimerCount()).toBe(0);
});
