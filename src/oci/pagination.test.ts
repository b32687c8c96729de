import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nextLink, parsePage } from "./pagination.ts";
import { refusalOf } from "./refusal.suite.ts";

const MAX = 1000;
const pageOf = (query: string) => parsePage(new URLSearchParams(query), MAX);

describe("a page", () => {
  test.each([
    ["", MAX, undefined],
    ["n=", MAX, undefined],
    ["n=0", 0, undefined],
    ["n=2&last=b", 2, "b"],
    ["n=0002", 2, undefined],
    ["last=team%2Fapp", MAX, "team/app"],
    ["last=", MAX, undefined],
    ["n=1000", MAX, undefined],
    ["n=1001", MAX, undefined],
    ["n=2147483647", MAX, undefined],
    ["n=99999999999", MAX, undefined],
    ["n=999999999999999999", MAX, undefined],
    ["n=2&n=5", 2, undefined],
  ])("asked for by %j has at most %i entries after %j", (query, n, last) => {
    expect(pageOf(query)).toEqual({ n, last });
  });

  test.each([
    "n=-1",
    "n=x",
    "n=1.5",
    "n=1e3",
    "n=0x10",
    "n=+1",
    "n=NaN",
    "n=Infinity",
    "n=%201",
    `n=${"9".repeat(400)}`,
    "last=a%00b",
    `last=${"a".repeat(2000)}`,
  ])("cannot be asked for by %.20s", (query) => {
    expect(refusalOf(() => pageOf(query)).code).toBe("PAGINATION_NUMBER_INVALID");
  });

  test("never holds more than the limit, whatever is asked", () => {
    fc.assert(
      fc.property(fc.oneof(fc.bigInt().map(String), fc.string()), (n) => {
        try {
          const page = parsePage(new URLSearchParams({ n }), MAX);
          expect(page.n).toBeGreaterThanOrEqual(0);
          expect(page.n).toBeLessThanOrEqual(MAX);
        } catch (error) {
          expect(error).toMatchObject({ code: "PAGINATION_NUMBER_INVALID" });
        }
      }),
    );
  });
});

describe("the link to the next page", () => {
  test("has the form that clients parse", () => {
    expect(nextLink("/v2/n/tags/list", { n: "2", last: "b" })).toBe(
      '</v2/n/tags/list?n=2&last=b>; rel="next"',
    );
  });

  test("leads to what was put into it, and cannot be broken out of", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (last) => {
        const [, query = ""] =
          /^<\/v2\/_catalog\?([^>]*)>; rel="next"$/.exec(
            nextLink("/v2/_catalog", { n: "5", last }),
          ) ?? [];
        expect(new URLSearchParams(query).get("last")).toBe(last);
      }),
    );
  });
});
