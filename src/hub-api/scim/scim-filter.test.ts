import fc from "fast-check";
import { expect, test } from "vitest";
import { ScimError } from "./scim-error.ts";
import { parseScimFilter } from "./scim-filter.ts";

function compare(attribute: string, operator: string, value: string | boolean) {
  return { kind: "compare", attribute, operator, value };
}

const JON = compare("username", "eq", "jon");
const ACTIVE = compare("active", "eq", true);

test.each([
  ['userName eq "jon"', JON],
  ['USERNAME EQ "jon"', JON],
  ['urn:ietf:params:scim:schemas:core:2.0:User:userName eq "jon"', JON],
  ['emails.value sw "j\\"n"', compare("emails.value", "sw", 'j"n')],
  ["active eq true", ACTIVE],
  ['userName eq "jon" and active eq true', { kind: "and", left: JON, right: ACTIVE }],
  [
    'userName eq "jon" or userName eq "jon" and active eq true',
    { kind: "or", left: JON, right: { kind: "and", left: JON, right: ACTIVE } },
  ],
  [
    '(userName eq "jon" or active eq true) and not (userName eq "jon")',
    {
      kind: "and",
      left: { kind: "or", left: JON, right: ACTIVE },
      right: { kind: "not", filter: JON },
    },
  ],
])("%s", (text, expected) => expect(parseScimFilter(text)).toEqual(expected));

test.each([
  "",
  "userName",
  "userName eq",
  "userName eq jon",
  'userName gt "jon"',
  'userName eq "jon" and',
  '(userName eq "jon"',
  'userName eq "jon")',
  'not userName eq "jon"',
  '"userName" eq "jon"',
  "userName eq 'jon'",
  `userName eq "${"x".repeat(1000)}"`,
  Array(90).fill("a eq true").join(" or "),
])("%j is no filter", (text) => expect(() => parseScimFilter(text)).toThrow(ScimError));

test("whatever is sent is read, or refused as a filter", () => {
  const part = fc.constantFrom("(", ")", " and ", " or ", " not ", 'a eq "b"', '"', "\\", "a", " ");
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      try {
        parseScimFilter(parts.join(""));
      } catch (error) {
        expect(error).toBeInstanceOf(ScimError);
      }
    }),
  );
});
