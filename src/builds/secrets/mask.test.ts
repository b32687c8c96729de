import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { SecretMask } from "./mask.ts";

const SECRET = "s3cret/with+odd characters";

function show(pieces: readonly string[], ...secrets: readonly string[]): string {
  const mask = new SecretMask(secrets);
  const shown = pieces.map((piece) => mask.push(Buffer.from(piece)).toString());
  return [...shown, mask.end().toString()].join("");
}

test.each([
  ["as it is", SECRET],
  ["as a part of a URL", encodeURIComponent(SECRET)],
  ["in base64", Buffer.from(SECRET).toString("base64")],
  ["in base64 of URLs", Buffer.from(SECRET).toString("base64url")],
  ["in base64 after a name", Buffer.from(`u:${SECRET}`).toString("base64")],
  ["in base64 within something", Buffer.from(`{"auth":"${SECRET}","x":1}`).toString("base64")],
])("a secret is not shown %s", (_how, text) => {
  const shown = show([`before ${text} after\n`], SECRET);
  expect(shown).toMatch(/^before .*\*\*\*.* after\n$/);
  // Of base64, a character or two beside it may say something of the bytes around it.
  for (let at = 0; at + 8 <= text.length; at += 1) {
    if (text.length <= SECRET.length * 1.5) expect(shown).not.toContain(text.slice(at, at + 8));
  }
});

test.each([76, 64])("a secret is not shown in base64 of lines with %i columns", (columns) => {
  const long = Array.from({ length: 40 }, (_, index) => `part ${index};`).join("");
  const lines = Buffer.from(long)
    .toString("base64")
    .match(new RegExp(`.{1,${columns}}`, "g"));
  const shown = show([(lines ?? []).join("\n")], long);
  for (const line of lines ?? []) expect(shown).not.toContain(line.slice(0, 8));
});

/** What of a secret is still there to be read: of base64, the longest part that is shown. */
function longestLeft(shown: string, base64: string): number {
  const left = shown.replaceAll(/[\r\n]/g, "");
  let longest = 0;
  for (let at = 0; at < base64.length; at += 1)
    while (left.includes(base64.slice(at, at + longest + 1)) && at + longest < base64.length)
      longest += 1;
  return longest;
}

const SECRETS = ["s3cret/with+odd chars", "hunter-2 is not it", randomBytes(300).toString("hex")];
const COLUMNS = [5, 57, 64, 76, 10_000];
const WRAPPED = SECRETS.flatMap((secret) =>
  [0, 1, 2, 3, 40].flatMap((before) => COLUMNS.map((columns) => ({ secret, before, columns }))),
);

test.each(WRAPPED)(
  "a secret is not shown in base64 after $before bytes, in lines of $columns columns",
  ({ secret, before, columns }) => {
    const whole = `${"p".repeat(before)}${secret} and what follows`;
    const base64 = Buffer.from(whole).toString("base64");
    const lines = base64.match(new RegExp(`.{1,${columns}}`, "g")) ?? [];
    const start = Math.ceil((before * 4) / 3);
    const inner = base64.slice(start, Math.floor(((before + secret.length) * 4) / 3));
    for (const end of ["\n", "\r\n"]) {
      const text = `before\n${lines.join(end)}\nafter\n`;
      for (const pieces of [[text], text.match(/.{1,7}/gs) ?? []]) {
        const shown = show(pieces, secret);
        expect(shown).toMatch(/^before\n.*\*\*\*.*\nafter\n$/s);
        expect(longestLeft(shown, inner), shown).toBeLessThan(6);
      }
    }
  },
);

test("a line that ends with a character of a secret is shown at once", () => {
  const mask = new SecretMask([SECRET]);
  const [first = ""] = Buffer.from(SECRET).toString("base64");
  expect(mask.push(Buffer.from(`a line ${first}\n`)).toString()).toBe(`a line ${first}\n`);
});

test("a secret is not shown however it is cut", () => {
  for (let at = 1; at < SECRET.length; at += 1)
    expect(show([`a ${SECRET.slice(0, at)}`, `${SECRET.slice(at)} b`], SECRET)).toBe("a *** b");
  expect(show([...`a ${SECRET} b`], SECRET)).toBe("a *** b");
});

test("each line of a secret is one", () => {
  const key = "-----BEGIN KEY-----\nAAAABBBBCCCC\n-----END KEY-----\n";
  expect(show([key], key)).toBe("***\n");
  expect(show(["x AAAABBBBCCCC y"], key)).toBe("x *** y");
});

test("what is no secret is shown, all of it", () => {
  expect(show(["nothing ", "s3cre", "t is hidden"], SECRET)).toBe("nothing s3cret is hidden");
  expect(show(["a s3cret/with"], SECRET)).toBe("a s3cret/with");
  expect(show(["abc"], "")).toBe("abc");
  expect(show(["abc"])).toBe("abc");
});

test("a long secret of one line is hidden, all of it", () => {
  const long = Array.from({ length: 400 }, (_, at) => `${at}-${at * at};`).join("");
  for (const text of [long, Buffer.from(long).toString("base64")]) {
    const shown = show(["before ", text, " after"], long);
    expect(shown.replaceAll("***", "").length).toBeLessThan(20);
  }
});

test("thousands of lines cost what is printed no more than a few", () => {
  const secret = Array.from({ length: 10_900 }, (_, at) => `${10_000 + at}`).join("\n");
  const mask = new SecretMask([secret]);
  const begun = performance.now();
  for (let piece = 0; piece < 20; piece += 1) mask.push(Buffer.alloc(65_536, "y\n"));
  expect(performance.now() - begun).toBeLessThan(3000);
  expect(mask.push(Buffer.from("x 12345 x\n")).toString()).toContain("x *** x");
});
