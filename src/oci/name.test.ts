import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseRepositoryName, RESERVED_FIRST_COMPONENTS } from "./name.ts";
import { refusalOf } from "./refusal.suite.ts";

describe("a repository name", () => {
  test.each([
    "a",
    "a/b",
    "a.b",
    "a_b",
    "a__b",
    "a-b",
    "a---b",
    "0/1",
    "a/b/c/d/e/f",
    "blobs",
    "manifests",
    "a/tags/list",
    "a/blobs/uploads",
    "team/users",
    "usersx/a",
    `${"a/".repeat(127)}a`,
    "a".repeat(255),
  ])("may be %s", (name) => {
    expect(parseRepositoryName(name)).toBe(name);
  });

  test.each([
    ["", "it is empty"],
    ["A/b", "it must be lower case"],
    ["a/", "empty part"],
    ["/a", "empty part"],
    ["a//b", "empty part"],
    ["a..b", "each part"],
    ["a._b", "each part"],
    ["a___b", "each part"],
    ["-a", "each part"],
    ["a-", "each part"],
    [".", "each part"],
    ["..", "each part"],
    ["a/../b", "each part"],
    ["../../etc/passwd", "each part"],
    ["_catalog", "each part"],
    ["a/_trust/b", "each part"],
    ["%2e%2e", 'must not contain "%"'],
    ["a%2fb", 'must not contain "%"'],
    ["a\\b", String.raw`must not contain "\\"`],
    ["a;b", 'must not contain ";"'],
    ["a b", 'must not contain " "'],
    ["a\n", String.raw`must not contain "\n"`],
    ["a\0", String.raw`must not contain "\u0000"`],
    ["bücher", 'must not contain "ü"'],
    ["аdmin", 'must not contain "а"'],
    ["a".repeat(256), "longer than 255"],
  ])("may not be %j, and the answer says why", (name, reason) => {
    const refusal = refusalOf(() => parseRepositoryName(name));
    expect(refusal.code).toBe("NAME_INVALID");
    expect(refusal.message).toContain(reason);
  });

  test.each([...RESERVED_FIRST_COMPONENTS])(
    "may not begin with %s, which belongs to the hub's own API",
    (first) => {
      for (const name of [first, `${first}/app`]) {
        const refusal = refusalOf(() => parseRepositoryName(name));
        expect(refusal.code).toBe("DENIED");
        expect(refusal.message).toContain("reserved");
      }
      expect(parseRepositoryName(`app/${first}`)).toBe(`app/${first}`);
    },
  );

  test("is read as the specification's expression reads it", () => {
    const expression = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab0._-/A%"), maxLength: 12 }), (name) => {
        const isTaken = isAccepted(name);
        expect(isTaken).toBe(expression.test(name));
      }),
      { numRuns: 2000 },
    );
  });

  test("is refused in linear time, however it is built", () => {
    for (const part of ["a", "-", "a-", "a_", "a/", "a."]) {
      const name = `${part.repeat(125).slice(0, 250)}!`;
      const start = performance.now();
      for (let round = 0; round < 100; round += 1) isAccepted(name);
      expect(performance.now() - start).toBeLessThan(1000);
    }
  });

  test("that is refused is not repeated at full length", () => {
    const refusal = refusalOf(() => parseRepositoryName("a".repeat(100_000)));
    expect(refusal.message.length).toBeLessThan(400);
    expect(JSON.stringify(refusal.detail).length).toBeLessThan(400);
  });
});

function isAccepted(name: string): boolean {
  try {
    parseRepositoryName(name);
    return true;
  } catch {
    // Which refusal it is has its own tests above.
    return false;
  }
}
