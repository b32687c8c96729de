import { expect, test } from "vitest";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

/** Keys themselves hold dots. */
const STEP = " › ";
/** Given a number and no text, or never a small one. */
const OTHERWISE = ["tooMany", "deleteTitle", "deleted"].map((name) => `tags${STEP}${name}`);

function keysOf(messages: object, path = ""): string[] {
  return Object.entries(messages).flatMap(([key, value]) =>
    typeof value === "object" ? keysOf(value, `${path}${key}${STEP}`) : `${path}${key}`,
  );
}

test("both languages have the same texts, and none is empty", () => {
  expect(keysOf(zh).sort()).toEqual(keysOf(en).sort());
  for (const messages of [en, zh])
    for (const key of keysOf(messages)) {
      const found = key.split(STEP).reduce<unknown>((one, part) => (one as never)[part], messages);
      const text = typeof found === "function" ? found("1", "2", "3") : found;
      expect(text, key).toMatch(/\S/);
      expect(text, key).not.toContain("undefined");
    }
});

test("of one thing English does not speak as of many", () => {
  for (const key of keysOf(en).filter((one) => !OTHERWISE.includes(one))) {
    const found = key.split(STEP).reduce<unknown>((one, part) => (one as never)[part], en);
    if (typeof found === "function") expect(found("1", "1", "1"), key).not.toMatch(MANY);
  }
});

/** Verbs end like it, too. */
const MANY = /\b1 (?!as\b|builds|claims|invites|loses|is\b)[a-z]+s\b/;

test("what stands in place of words is the same in both languages", () => {
  for (const key of keysOf(en)) {
    const [one, other] = [en, zh].map((messages) =>
      key.split(STEP).reduce<unknown>((part, name) => (part as never)[name], messages),
    );
    expect(typeof other, key).toBe(typeof one);
  }
});
