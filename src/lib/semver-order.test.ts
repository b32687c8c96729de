import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareVersions, isRelease, parseTagVersion, type TagVersion } from "./semver-order.ts";

function read(tag: string): TagVersion {
  const version = parseTagVersion(tag);
  if (version === undefined) throw new Error(`${tag} is no version`);
  return version;
}

describe("tags that are versions", () => {
  test.each([
    ["1.25.3", "*", [1, 25, 3], []],
    ["v1.25.3", "*", [1, 25, 3], []],
    ["1", "*", [1], []],
    ["1.4", "*", [1, 4], []],
    ["2024.1.2.3", "*", [2024, 1, 2, 3], []],
    ["1.4.2-rc.1", "*", [1, 4, 2], ["rc", "1"]],
    ["1.4.2-rc1", "*", [1, 4, 2], ["rc1"]],
    ["1.4.2-alpine", "*alpine", [1, 4, 2], []],
    ["1.4.2-alpine3.19", "*alpine3.19", [1, 4, 2], []],
    ["1.4.2-rc.1-alpine", "*alpine", [1, 4, 2], ["rc", "1"]],
    ["1.4.2-amd64", "*amd64", [1, 4, 2], []],
    ["1.4.2_build5", "*", [1, 4, 2], []],
    ["1.4.2-beta.2_5", "*", [1, 4, 2], ["beta", "2"]],
    ["release-1.4.2", "release-*", [1, 4, 2], []],
    ["api-v1.4.2", "api-*", [1, 4, 2], []],
    ["Release-1.4", "release-*", [1, 4], []],
  ])("%s", (tag, ...[family, numbers, prerelease]) => {
    expect(parseTagVersion(tag)).toEqual({ family, numbers, prerelease });
  });

  test.each(["latest", "main", "", "1.2.3.4.5", "abc123", "v", "1..2", "1.2.", "x".repeat(200)])(
    "%j is none",
    (tag) => expect(parseTagVersion(tag)).toBeUndefined(),
  );

  test("any tag is read in little time", () => {
    const started = performance.now();
    const hostile = ["a-".repeat(64), "1.".repeat(64), "a.1".repeat(42), `${"a".repeat(127)}!`];
    const digits = ["1.0-", "1.0-rc", "1.0-rc."].map((start) => `${start}${"1".repeat(110)}x`);
    const parts = ["1.0-1", "1.0-rc.1"].map((start) => `${start}${"-1".repeat(50)}x`);
    for (const tag of [...hostile, ...digits, ...parts]) parseTagVersion(tag);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

// In the order of semver.org, section 11, and of what people write beside it.
const ORDERED = [
  "0.9",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.0.0.1",
  "1.0.1",
  "1.2",
  "v1.10.0-rc2",
  "1.10.0-rc10",
  "1.10.0",
  "v2",
];

test("versions stand in their order", () => {
  const shuffled = ORDERED.toReversed().toSorted((a, b) => compareVersions(read(a), read(b)));
  expect(shuffled).toEqual(ORDERED);
});

test("what says the same compares as equal", () => {
  for (const [a, b] of [
    ["1.0", "v1.0.0"],
    ["1.4.2_5", "1.4.2_6"],
    ["1", "1.0.0.0"],
  ] as const)
    expect(compareVersions(read(a), read(b))).toBe(0);
});

test("the order is one: whatever comes before comes before, in both directions and in chains", () => {
  const tag = fc.constantFrom(...ORDERED, "1.0.0-rc.1.1", "1.0.0-1", "1.0.0-rc", "1.0.0-rc1x");
  fc.assert(
    fc.property(tag, tag, tag, (a, b, c) => {
      const [x, y, z] = [read(a), read(b), read(c)];
      expect(Math.sign(compareVersions(x, y))).toBe(-Math.sign(compareVersions(y, x)) + 0);
      if (compareVersions(x, y) < 0 && compareVersions(y, z) < 0)
        expect(compareVersions(x, z)).toBeLessThan(0);
    }),
  );
});

test("pre-releases are no releases, variants are", () => {
  expect(isRelease(read("1.0.0-rc.1"))).toBe(false);
  expect(isRelease(read("1.0.0-alpine"))).toBe(true);
});
