import { expect, test } from "vitest";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

function keysOf(messages: object, path = ""): string[] {
  return Object.entries(messages).flatMap(([key, value]) =>
    typeof value === "object" ? keysOf(value, `${path}${key}.`) : `${path}${key}`,
  );
}

test("both languages have the same texts, and none is empty", () => {
  expect(keysOf(zh).sort()).toEqual(keysOf(en).sort());
  for (const messages of [en, zh])
    for (const key of keysOf(messages)) {
      const found = key.split(".").reduce<unknown>((one, part) => (one as never)[part], messages);
      const text = typeof found === "function" ? found("1", "2", "3") : found;
      expect(text, key).toMatch(/\S/);
      expect(text, key).not.toContain("undefined");
    }
});

test("what stands in place of words is the same in both languages", () => {
  for (const key of keysOf(en)) {
    const [one, other] = [en, zh].map((messages) =>
      key.split(".").reduce<unknown>((part, name) => (part as never)[name], messages),
    );
    expect(typeof other, key).toBe(typeof one);
  }
});
