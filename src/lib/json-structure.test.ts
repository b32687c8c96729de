import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkJsonStructure, type JsonLimits, JsonStructureError } from "./json-structure.ts";

const check = (json: string, limits: Partial<JsonLimits> = {}) =>
  checkJsonStructure(json, { maxDepth: 32, maxKeys: 100, ...limits });

describe("the structure of JSON", () => {
  test.each([
    '{"a":1,"a":2}',
    '{"a":1,"b":{"c":[{"d":1,"d":1}]}}',
    String.raw`{"a":1,"\u0061":2}`,
    String.raw`{"\"":1,"\u0022":2}`,
    '{"a" \n\t\r : 1, "a":2}',
    '[{"x":1},{"a":[],"a":{}}]',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
  ])("is refused for the key that stands twice in %s", (json) => {
    expect(() => check(json)).toThrow(/stands twice/);
  });

  test.each([
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":["a","a"]}',
    '{"a":"\\"a\\":1,","b":1}',
    '{"a":1,"A":1}',
    '{"a":"{","b":"}","c":"[","d":"]"}',
    '{"a":"}{","b":{"a":1}}',
    "",
    '"a"',
    "}}}}]]]]",
    '"unclosed',
    String.raw`{"\u00`,
    String.raw`{"\x":1,"\y":2}`,
  ])("has no key twice in %s", (json) => {
    expect(() => check(json)).not.toThrow();
  });

  test.each([
    ["[", "]"],
    ['{"a":', "}"],
  ])("may be nested as deep as the limit and no deeper: %s", (open, close) => {
    const nested = (depth: number) => open.repeat(depth) + close.repeat(depth);
    expect(() => check(nested(32))).not.toThrow();
    expect(() => check(nested(33))).toThrow(JsonStructureError);
  });

  test("may have as many keys in one object as the limit and no more", () => {
    expect(() =>
      check('{"a":{"b":1,"c":2},"d":{"e":3,"f":["x","y","z"]}}', { maxKeys: 2 }),
    ).not.toThrow();
    expect(() => check('{"a":{"b":1,"c":2,"d":3}}', { maxKeys: 2 })).toThrow(/more than 2 keys/);
  });

  test("counts siblings as one level", () => {
    expect(() => check(`[${"[],".repeat(1000)}[]]`, { maxDepth: 2 })).not.toThrow();
  });

  test.each([
    ["brackets", "[".repeat(4_000_000)],
    ["brackets in a string", `["${"[".repeat(4_000_000)}"]`],
    ["backslashes", `["${"\\\\".repeat(2_000_000)}"]`],
    ["closing brackets", "]".repeat(4_000_000)],
    ["white space after a string", `["a"${" ".repeat(4_000_000)}]`],
    ["strings", `[${'"",'.repeat(1_300_000)}""]`],
    ["one long key", `{"${"a".repeat(4_000_000)}":1}`],
  ])("is judged in the time of one pass over %s", (_, json) => {
    const start = performance.now();
    try {
      check(json);
    } catch (error) {
      expect(error).toBeInstanceOf(JsonStructureError);
    }
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test("is fine in everything that JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 2), (value, indent) => {
        expect(() => check(JSON.stringify(value, null, indent))).not.toThrow();
      }),
    );
  });

  test("shows a key that is there twice, wherever it is and however it is escaped", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 }),
        fc.nat(),
        fc.boolean(),
        (object, pick, isEscaped) => {
          const keys = Object.keys(object);
          const key = keys[pick % keys.length] ?? "";
          const again = isEscaped ? escaped(key) : JSON.stringify(key);
          const json = `[{${JSON.stringify(object).slice(1, -1)},${again}:0}]`;
          expect(() => check(json)).toThrow(/stands twice/);
        },
      ),
    );
  });

  test("is judged without a fault of our own, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]":,\\ua01 \n') }), (text) => {
        try {
          check(text, { maxDepth: 4 });
        } catch (error) {
          expect(error).toBeInstanceOf(JsonStructureError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
}
