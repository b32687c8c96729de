import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { warningHeader } from "./warning.ts";

describe("a warning", () => {
  test("has code 299, no agent and no date", () => {
    expect(warningHeader("your token ends in 30 s")).toBe('299 - "your token ends in 30 s"');
  });

  test("cannot end its own quotes or start another header field", () => {
    expect(warningHeader('say "hi" \\ bye')).toBe("299 - \"say 'hi' ' bye\"");
    expect(warningHeader("a\r\nSet-Cookie: b")).toBe('299 - "a?Set-Cookie: b"');
  });

  test("is cut where it would be longer than 4096 bytes", () => {
    expect(warningHeader("a".repeat(4088))).toBe(`299 - "${"a".repeat(4088)}"`);
    expect(warningHeader("a".repeat(4089))).toBe(`299 - "${"a".repeat(4088)}"`);
    expect(warningHeader("🐳".repeat(10_000)).length).toBeLessThanOrEqual(4096);
  });

  test("is a well-formed field value, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(warningHeader(text)).toMatch(/^299 - "[ !#-[\]-~]*"$/);
      }),
    );
  });
});
