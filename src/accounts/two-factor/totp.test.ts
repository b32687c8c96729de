import { expect, test } from "vitest";
import { codeAt, findStep, stepAt, toBase32, toOtpauth } from "./totp.ts";

/** Of the test vectors of RFC 6238 (appendix B) and RFC 4226 (appendix D). */
const SECRET = Buffer.from("12345678901234567890");

// The vectors have eight digits, of which ours are the last six.
test.each<[number, string]>([
  [59, "94287082"],
  [1111111109, "07081804"],
  [1111111111, "14050471"],
  [1234567890, "89005924"],
  [2000000000, "69279037"],
  [20000000000, "65353130"],
])("at %d seconds the code is the end of %s (RFC 6238)", (seconds, vector) => {
  expect(codeAt(SECRET, stepAt(new Date(seconds * 1000)))).toBe(vector.slice(2));
});

test.each(
  [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
  ].map((code, counter) => [counter, code] as const),
)("for the counter %d the code is %s (RFC 4226)", (counter, code) => {
  expect(codeAt(SECRET, counter)).toBe(code);
});

test.each<[number, boolean]>([
  [-2, false],
  [-1, true],
  [0, true],
  [1, true],
  [2, false],
])("a code of %d steps from now is taken: %s", (away, isTaken) => {
  const now = new Date("2026-11-28T12:00:10Z");
  const step = stepAt(now) + away;
  const found = findStep(SECRET, { code: codeAt(SECRET, step), now, after: 0 });
  expect(found).toBe(isTaken ? step : undefined);
});

test("a code of a step that was used, or of one before it, is not taken again", () => {
  const now = new Date("2026-11-28T12:00:10Z");
  const step = stepAt(now);
  for (const used of [step, step + 1]) {
    const code = codeAt(SECRET, step);
    expect(findStep(SECRET, { code, now, after: used })).toBeUndefined();
  }
});

test.each(["", "1", "12345", "1234567", "abcdef", "９４２８７０"])("%j is no code", (code) => {
  expect(findStep(SECRET, { code, now: new Date(59_000), after: 0 })).toBeUndefined();
});

test.each([
  ["", ""],
  ["f", "MY"],
  ["fo", "MZXQ"],
  ["foo", "MZXW6"],
  ["foob", "MZXW6YQ"],
  ["fooba", "MZXW6YTB"],
  ["foobar", "MZXW6YTBOI"],
])("%j is %s in base 32 (RFC 4648)", (text, encoded) => {
  expect(toBase32(Buffer.from(text))).toBe(encoded);
});

test("apps are given an address that they understand", () => {
  const uri = new URL(toOtpauth(SECRET, { issuer: "hub.example:8443", account: "alice" }));
  expect(uri.href).toMatch(/^otpauth:\/\/totp\/hub\.example%3A8443:alice\?/);
  expect(Object.fromEntries(uri.searchParams)).toEqual({
    secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    issuer: "hub.example:8443",
    algorithm: "SHA1",
    digits: "6",
    period: "30",
  });
});
