import fc from "fast-check";
import { RE2JS, RE2JSException } from "re2js";
import { expect, test } from "vitest";
import { estimatePatternSize } from "./pattern-size.ts";

function sizeOf(source: string): number | undefined {
  try {
    return RE2JS.compile(source).programSize();
  } catch (cause) {
    if (cause instanceof RE2JSException) return undefined;
    throw cause;
  }
}

test.each([
  ["v.*", 20],
  ["v?[0-9]+\\.[0-9]+\\.[0-9]+(-[a-z0-9.]+)?", 90],
  ["[a-z]{3}-[0-9]{8}-(dev|prod)", 100],
  [".*-RELEASE", 40],
])("%s is small", (source, most) => {
  expect(estimatePatternSize(source)).toBeLessThan(most);
});

test.each([
  "\\pL{999}".repeat(31),
  ".{999}".repeat(40),
  "(a|b|c|d|e){999}".repeat(15),
  "(?:(?:(?:x?){30}){30})",
  "[)](?:a{40}){20}",
  "\\Q[\\E(?:a{40}){20}]",
  "([]]a{40}){20}",
])("%s is too large, and that is known without building it", (source) => {
  expect(estimatePatternSize(source)).toBeGreaterThan(1000);
});

test("no pattern becomes larger than its estimate says", () => {
  const pieces =
    "a b . * + ? | ( ) (?: (?i) [ ] ^ - [^ [: :] [:alpha:] {2} {3,} {0,4} {7} \\d \\pL \\p{Greek} \\x41 \\x{41} \\Q \\E \\] \\[ \\( \\) \\\\ $ \\b , { } é 𝒳 (?P<n>";
  const piece = fc.constantFrom(...pieces.split(" "));
  const pattern = fc.array(piece, { minLength: 1, maxLength: 14 }).map((all) => all.join(""));
  fc.assert(
    fc.property(pattern, (source) => {
      const size = sizeOf(source);
      if (size !== undefined) expect(estimatePatternSize(source)).toBeGreaterThanOrEqual(size);
    }),
    { numRuns: 3000 },
  );
});
