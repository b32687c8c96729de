import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseScopes, printScope, type Scope, ScopeLimitError } from "./scope.ts";

describe("a scope", () => {
  test.each([
    ["repository:app:pull", { type: "repository", name: "app", actions: ["pull"] }],
    [
      "repository:a/b:5000/x:pull,push",
      { type: "repository", name: "a/b:5000/x", actions: ["pull", "push"] },
    ],
    ["repository(plugin):a/b:push", { type: "repository", name: "a/b", actions: ["push"] }],
    ["registry:catalog:*", { type: "registry", name: "catalog", actions: ["*"] }],
    ["repository:app:", { type: "repository", name: "app", actions: [] }],
    ["repository:app:pull,,pull", { type: "repository", name: "app", actions: ["pull"] }],
    ["unknown:thing:act", { type: "unknown", name: "thing", actions: ["act"] }],
  ])("may be %s", (text, scope) => {
    expect(parseScopes([text])).toEqual([scope]);
  });

  test.each([
    "",
    " ",
    "pull",
    "repository:pull",
    "repository::pull",
    ":a:pull",
    "Repo:a:pull",
    "repository(:a:pull",
  ])("is passed over when it is %j", (text) => {
    expect(parseScopes([text, "repository:app:pull"])).toHaveLength(1);
  });

  test("is read from repeated parameters, from one with spaces, and from both", () => {
    expect(parseScopes(["repository:a:pull repository:b:pull", "repository:c:pull"])).toHaveLength(
      3,
    );
  });

  test("that comes twice for one resource is one, with the actions of both", () => {
    expect(parseScopes(["repository:a/b:pull repository:a/b:pull,push"])).toEqual([
      { type: "repository", name: "a/b", actions: ["pull", "push"] },
    ]);
  });

  test("reads back as it was printed", () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,10}$/);
    const scope: fc.Arbitrary<Scope> = fc.record({
      type: word,
      name: fc.stringMatching(/^[a-z0-9ü/:._-]{1,50}$/),
      actions: fc.uniqueArray(fc.oneof(word, fc.constant("*")), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(scope, (given) => {
        expect(parseScopes([printScope(given)])).toEqual([given]);
      }),
    );
  });
});

describe("scopes", () => {
  test("are at most fifty", () => {
    const fifty = Array.from({ length: 50 }, (_, index) => `repository:a${index}:pull`);
    expect(parseScopes(fifty)).toHaveLength(50);
    expect(() => parseScopes([...fifty, "repository:b:pull"])).toThrow(ScopeLimitError);
    expect(() => parseScopes(["x ".repeat(1000)])).toThrow("at most 50 scopes");
  });

  test("take at most 8 KiB, however they are spread over parameters", () => {
    expect(() => parseScopes([`repository:${"a".repeat(8192)}:pull`])).toThrow("8192 bytes");
    expect(() => parseScopes(["ü".repeat(2048), "ü".repeat(2049)])).toThrow(ScopeLimitError);
  });

  test("of any text end in scopes or in the one error", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
        try {
          for (const { type, name } of parseScopes(texts)) {
            expect(type).toMatch(/^[a-z0-9]+$/);
            expect(name).not.toBe("");
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ScopeLimitError);
        }
      }),
    );
  });
});
