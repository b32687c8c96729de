import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseByteRange } from "./byte-range.ts";

const SIZE = 2048;
const FULL = { kind: "full" };
const UNSATISFIABLE = { kind: "unsatisfiable" };

describe("a range of a blob", () => {
  test.each([
    ["bytes=500-1499", 500, 1499],
    ["bytes=500-", 500, 2047],
    ["bytes=-500", 1548, 2047],
    ["bytes=-5000", 0, 2047],
    ["bytes=2000-5000", 2000, 2047],
    ["bytes=0-0", 0, 0],
    ["Bytes=0-0", 0, 0],
    ["bytes= 0-99 ", 0, 99],
    ["bytes=0-99999999999999999999999", 0, 2047],
  ])("%s is the part from %i to %i", (header, start, end) => {
    expect(parseByteRange(header, SIZE)).toEqual({ kind: "part", start, end });
  });

  test.each([
    "bytes=500-0",
    "bytes=2048-",
    "bytes=5000-10000",
    "bytes=-0",
    "bytes=99999999999999999999-",
  ])("%s cannot be satisfied", (header) => {
    expect(parseByteRange(header, SIZE)).toEqual(UNSATISFIABLE);
  });

  test.each([
    undefined,
    "",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=1.5-2",
    "bytes=0x1-2",
    "bytes=0-1,5-6",
    "items=0-5",
    "0-5",
    "bytes=--5",
    "bytes=1-2-3",
  ])("%s is answered with everything", (header) => {
    expect(parseByteRange(header, SIZE)).toEqual(FULL);
  });

  test.each(["bytes=0-", "bytes=0-99", "bytes=-5", "bytes=7-"])(
    "%s of an empty blob is all of it",
    (header) => {
      expect(parseByteRange(header, 0)).toEqual(FULL);
    },
  );

  test.each(["bytes=500-0", "bytes=-0"])("%s of an empty blob is a mistake", (header) => {
    expect(parseByteRange(header, 0)).toEqual(UNSATISFIABLE);
  });

  test("a part always lies within the blob and keeps the order of its ends", () => {
    const position = fc.option(fc.nat({ max: 5000 }), { nil: "" });
    fc.assert(
      fc.property(position, position, fc.nat({ max: 4096 }), (first, last, size) => {
        const range = parseByteRange(`bytes=${first}-${last}`, size);
        if (range.kind !== "part") return;
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.start).toBeLessThanOrEqual(range.end);
        expect(range.end).toBeLessThan(size);
      }),
    );
  });

  test("whatever the field says, it is judged and nothing is thrown", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseByteRange(`bytes=${text}`, SIZE).kind).toMatch(/^(full|part|unsatisfiable)$/);
      }),
    );
  });
});
