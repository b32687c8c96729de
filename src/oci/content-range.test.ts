import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseContentRange } from "./content-range.ts";
import { refusalOf } from "./refusal.suite.ts";

describe("the Content-Range of a chunk", () => {
  test.each([
    ["0-1023", 0, 1023],
    ["0-0", 0, 0],
    ["1024-2047", 1024, 2047],
    ["bytes 0-99/*", 0, 99],
    ["bytes 0-99/1000", 0, 99],
    ["bytes 0-99", 0, 99],
    ["bytes=0-99", 0, 99],
    ["0-99/1000", 0, 99],
    ["0-99/100", 0, 99],
    [" 0-99 ", 0, 99],
    [`0-${Number.MAX_SAFE_INTEGER}`, 0, Number.MAX_SAFE_INTEGER],
  ])("%j is the bytes from %i to %i", (header, start, end) => {
    expect(parseContentRange(header)).toEqual({ start, end });
  });

  test.each([
    "",
    "0",
    "-",
    "0-",
    "-99",
    "a-b",
    "0 - 99",
    "0-99/",
    "0-99/x",
    "1e3-2e3",
    "0-9,10-19",
  ])("%j is no range at all", (header) => {
    const refusal = refusalOf(() => parseContentRange(header));
    expect(refusal.code).toBe("BLOB_UPLOAD_INVALID");
    expect(refusal.message).toContain("0-1023");
  });

  test.each(["99-0", "0-99/99", "0-9007199254740992", `0-${"9".repeat(400)}`])(
    "%j cannot be in any blob",
    (header) => {
      expect(refusalOf(() => parseContentRange(header)).code).toBe("RANGE_INVALID");
    },
  );

  test("comes back as it was written", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (one, other) => {
        const range = { start: Math.min(one, other), end: Math.max(one, other) };
        expect(parseContentRange(`${range.start}-${range.end}`)).toEqual(range);
      }),
    );
  });

  test("is read or refused, whatever it says", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0129-/* bytes") }), (text) => {
        try {
          const range = parseContentRange(text);
          expect(range.start).toBeLessThanOrEqual(range.end);
        } catch (error) {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^(BLOB_UPLOAD|RANGE)_INVALID$/),
          });
        }
      }),
    );
  });
});
