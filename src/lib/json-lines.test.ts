import fc from "fast-check";
import { expect, test } from "vitest";
import { readJsonLines } from "./json-lines.ts";

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("values come back whole however the lines are cut into chunks", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.json()), fc.integer({ min: 1, max: 20 }), async (values, size) => {
      const bytes = new TextEncoder().encode(values.map((value) => `${value}\n`).join(""));
      const read = await Array.fromAsync(readJsonLines(inPieces(bytes, size)));
      expect(read).toEqual(values.map((value) => JSON.parse(value)));
    }),
  );
});

test("a last line without its line feed counts", async () => {
  const bytes = new TextEncoder().encode('{"a":1}\n{"a":2}');
  expect(await Array.fromAsync(readJsonLines(inPieces(bytes, 3)))).toEqual([{ a: 1 }, { a: 2 }]);
});

test("a line without end is refused before it fills the memory", async () => {
  const endless = inPieces(new Uint8Array(3 * 1024 * 1024).fill(0x20), 65_536);
  await expect(Array.fromAsync(readJsonLines(endless))).rejects.toThrow("longer than 1 MiB");
});
