import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRetentionPolicy } from "./parse-policy.ts";
import { readingOf } from "./retention-rule.ts";
import { RetentionSyntaxError } from "./syntax-error.ts";

const DAY = 86_400_000;

test("every kind of line is read", () => {
  const { rules } = parseRetentionPolicy(`
    keep 30d                                  # by age
    keep n: 5
    keep n: 3 per minor of 4 minors
    keep --match "release-*"

    delete --match "*-beta.*"
    delete --match '*-dev' --older-than 90d
    delete --filter "until=720h" --filter "label=env=dev"
    delete untagged --older-than 7d
  `);
  expect(rules.map(({ line, text, ...rule }) => rule)).toMatchObject([
    { verb: "keep", ageMs: 30 * DAY },
    { verb: "keep", newest: 5, per: undefined },
    { verb: "keep", newest: 3, per: { unit: "minor", groups: 4 } },
    { verb: "keep", match: "release-*" },
    { verb: "delete", match: "*-beta.*" },
    { verb: "delete", match: "*-dev", ageMs: 90 * DAY },
    {
      verb: "delete",
      filters: [
        { kind: "until", agoMs: 30 * DAY },
        { kind: "label", name: "env", value: "dev", isNegated: false },
      ],
    },
    { verb: "delete", isUntagged: true, ageMs: 7 * DAY },
  ]);
  expect(rules.map(({ line }) => line)).toEqual([2, 3, 4, 5, 7, 8, 9, 10]);
});

test.each([
  ["keep", 1, 5, "the line ends where there should be what to keep"],
  ["  burn 30d", 1, 3, "a line begins with keep or delete"],
  ["keep 30d\nkeep 30 days", 2, 6, '"30" is no age'],
  ["keep 30d 40d", 1, 10, "there is one in this line already"],
  ["keep n: 0", 1, 9, '"0" is no number'],
  ["keep n: many", 1, 9, '"many" is no number'],
  ["keep n: 3 per week", 1, 15, '"week" is no part of a version'],
  ["keep n: 3 per minor of 4 majors", 1, 26, "of 4 minors"],
  ["delete n: 3", 1, 8, "write it in a keep line"],
  ["delete 30d", 1, 8, "write --older-than 30d"],
  ["keep --older-than 30d", 1, 6, "write keep 30d"],
  ["delete --older-than soon", 1, 21, '"soon" is no age'],
  ['keep --match "a b"', 1, 14, "is no pattern of tags"],
  ["keep --match", 1, 13, "should be a pattern of tags"],
  ['keep --match "release-*', 1, 14, "a quotation mark is not closed"],
  ['delete "*-dev"', 1, 8, "put --match before it"],
  ["delete *-dev", 1, 8, "is not known"],
  ["delete --filter until=yesterday", 1, 17, '"yesterday" is no time'],
  ["delete --filter until=2026-02-30", 1, 17, '"2026-02-30" is no time'],
  ["delete --filter until=2026-04-011", 1, 17, '"2026-04-011" is no time'],
  ["delete --filter until=2026-01-31T00:00:00", 1, 17, '"2026-01-31T00:00:00" is no time'],
  ["delete --filter name=x", 1, 17, '"name" is no filter'],
  ["delete --filter label=", 1, 17, "is no label"],
  ['delete untagged --match "x"', 1, 1, "no tag that --match could match"],
  ["delete untagged untagged", 1, 17, "is there twice"],
  [`keep 30d${"\n".repeat(200)}`, 201, 1, "at most 200 lines"],
  [`keep --match "${"x".repeat(600)}"`, 1, 501, "at most 500 characters"],
])("%j is wrong at line %i, column %i: %s", (text, ...[line, column, why]) => {
  let error: unknown;
  try {
    parseRetentionPolicy(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(RetentionSyntaxError);
  expect((error as RetentionSyntaxError).place).toEqual({ line, column });
  expect((error as RetentionSyntaxError).message).toContain(why);
});

test("one delete line changes how the policy reads", () => {
  expect(readingOf(parseRetentionPolicy("keep 30d"))).toBe("removes what no keep line keeps");
  expect(readingOf(parseRetentionPolicy("keep 30d\ndelete untagged"))).toBe(
    "removes what a delete line matches",
  );
});

test("whatever is written is read, or refused with a place in it", () => {
  const word = fc.constantFrom(
    "keep",
    "delete",
    "30d",
    "n:",
    "5",
    "per",
    "minor",
    "of",
    "--match",
    '"a*"',
    '"',
    "#",
    "untagged",
    "--filter",
    "label=a=b",
    "\n",
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), (words) => {
      const text = words.join(" ");
      try {
        parseRetentionPolicy(text);
      } catch (error) {
        expect(error).toBeInstanceOf(RetentionSyntaxError);
        const { line, column } = (error as RetentionSyntaxError).place;
        const found = text.split("\n")[line - 1];
        expect(found).toBeDefined();
        expect(column).toBeLessThanOrEqual((found ?? "").length + 1);
      }
    }),
  );
});
