import fc from "fast-check";
import { expect, test } from "vitest";
import { IdSet } from "./id-set.ts";
import { TopList } from "./top-list.ts";

test("an id set holds what was added to it, once", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 40 })), (ids) => {
      const set = new IdSet();
      const plain = new Set<number>();
      for (const id of ids) {
        expect(set.add(id)).toBe(!plain.has(id));
        plain.add(id);
      }
      expect(set.size).toBe(plain.size);
      for (const id of ids) expect(set.has(id)).toBe(true);
      expect(set.has(2 ** 40 + 1)).toBe(false);
    }),
  );
});

test("a top list knows the first of what it was shown", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 5 }), (numbers, limit) => {
      const list = new TopList<number>(limit, (a, b) => a - b);
      for (const number of numbers) list.add(number);
      const first = numbers.toSorted((a, b) => a - b).slice(0, limit);
      const last = first.length < limit ? Number.POSITIVE_INFINITY : (first.at(-1) ?? 0);
      for (const number of numbers) expect(list.reaches(number)).toBe(number <= last);
    }),
  );
});
