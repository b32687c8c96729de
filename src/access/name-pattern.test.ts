import fc from "fast-check";
import { expect, test } from "vitest";
import { isNamePattern, matchesName, matchesText } from "./name-pattern.ts";

test.each([
  ["acme/api", "acme/api", true],
  ["acme/api", "acme/apis", false],
  ["acme/*", "acme/api", true],
  ["acme/*", "acme/tools/api", false],
  ["acme/**", "acme/tools/api", true],
  ["acme/**", "acme", true],
  ["acme/**/api", "acme/a/b/api", true],
  ["acme/**/api", "acme/a/b/apis", false],
  ["*/api", "acme/api", true],
  ["acme/a*-p*", "acme/api-proxy", true],
  ["**", "anything/at/all", true],
])("%s matches %s: %s", (pattern, name, expected) => {
  expect(matchesName(pattern, name)).toBe(expected);
});

test("S43: a pattern of users cannot take long", () => {
  const started = performance.now();
  expect(matchesText("*a".repeat(60), `${"a".repeat(128)}b`)).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});

test("a text without wildcards matches itself and nothing else", () => {
  const text = fc.stringMatching(/^[a-z0-9.]{1,20}$/);
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(matchesText(one, other)).toBe(one === other);
    }),
  );
});

test("a text matches each pattern made of it by putting wildcards for parts", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]{1,12}$/), fc.nat(11), fc.nat(11), (text, from, to) => {
      const [start, end] = [Math.min(from, to), Math.max(from, to)];
      expect(matchesText(`${text.slice(0, start)}*${text.slice(end)}`, text)).toBe(true);
    }),
  );
});

test.each(["", "a//b", "Acme/api", "a/***", "a/x**", "a b", "a/(a+)+$", "x".repeat(256)])(
  "%j is no pattern",
  (text) => expect(isNamePattern(text)).toBe(false),
);
