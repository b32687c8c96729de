import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern, PATTERN_LENGTH, PatternError } from "./linear-pattern.ts";

test.each([
  ["v.*", "v1.2", true],
  ["v.*", "dev1", false],
  ["1\\.2", "1.2.3", false],
  [".*-RELEASE", "2.0-RELEASE", true],
  [".*-RELEASE", "2.0-RELEASE-1", false],
  ["a|ab", "ab", true],
  ["latest", "latest", true],
  ["(?i)V.*", "v1", true],
])("%s on %s: %s, of the whole text", (pattern, text, fits) => {
  expect(compilePattern(pattern).matches(text)).toBe(fits);
});

test.each(["", "[", "(?=a)", "(a)\\1", "a{1001}", "((a{1000}){1000})", "(?:a?){1000}a{1000}"])(
  "%s is refused",
  (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(PatternError);
  },
);

test("what is too long is refused before it is parsed", () => {
  expect(() => compilePattern("a".repeat(PATTERN_LENGTH + 1))).toThrow(/longer than 255/);
});

test.each(["(a+)+$", "(a|a)*b", "(a|aa|aaa)*b", "(.*)*x", "(?:a?){120}a{120}"])(
  "%s on 128 characters is decided within 50 ms",
  (pattern) => {
    const compiled = compilePattern(pattern);
    const text = `${"a".repeat(127)}!`;
    compiled.matches(text);
    const begun = performance.now();
    expect(compiled.matches(text)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(50);
  },
);

test("what is compiled at all agrees with the regular expressions of JavaScript", () => {
  const piece = fc.constantFrom("a", "b", ".", "a*", "(ab)+", "[a-b]?", "(a|b)", "b{0,2}", "\\.");
  const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "-"), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), text, (pieces, tag) => {
      const source = pieces.join("");
      expect(compilePattern(source).matches(tag)).toBe(new RegExp(`^(?:${source})$`).test(tag));
    }),
  );
});
