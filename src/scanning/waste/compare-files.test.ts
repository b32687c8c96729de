import { expect, test } from "vitest";
import { compareFiles } from "./compare-files.ts";
import type { LayerListing } from "./list-layer.ts";

type Files = Readonly<Record<string, readonly [bytes: number, hash?: string, mode?: number]>>;

function layer(files: Files, whiteouts: readonly string[] = []): LayerListing {
  const entries = Object.entries(files).map(
    ([path, [bytes, hash, mode = 0o644]]) =>
      [path, { kind: "file", mode, content: { bytes, hash } }] as const,
  );
  return { entries: new Map(entries), whiteouts, opaque: [] };
}

test("files are compared as they are unpacked, not by the layers that they lie in", () => {
  const before = [layer({ "a/one": [3, "x"], "a/two": [9, "y"] })];
  const after = [layer({ "a/one": [8, "old"] }), layer({ "a/one": [3, "x"], "a/two": [9, "y"] })];
  expect(compareFiles(before, after)).toEqual({
    added: { count: 0, files: [] },
    removed: { count: 0, files: [] },
    changed: { count: 0, files: [] },
  });
});

test("what came, what went, and what is otherwise by content, size or mode", () => {
  const base = layer({
    ...{ stays: [1, "s"], goes: [5, "g"], grows: [10, "a"], edited: [4, "b"] },
    ...{ "bin/tool": [7, "t", 0o644], sparse: [6], emptied: [0] },
  });
  const top = layer(
    {
      ...{ grows: [100, "c"], edited: [4, "d"], "bin/tool": [7, "t", 0o100_755] },
      ...{ comes: [20, "n"], small: [1, "m"], sparse: [6], emptied: [0] },
    },
    ["goes"],
  );
  const { added, removed, changed } = compareFiles([base], [base, top]);
  expect(added).toEqual({
    count: 2,
    files: [
      { path: "comes", bytes: 20 },
      { path: "small", bytes: 1 },
    ],
  });
  expect(removed).toEqual({ count: 1, files: [{ path: "goes", bytes: 5 }] });
  expect(changed).toEqual({
    count: 3,
    files: [
      { path: "grows", from: { bytes: 10, mode: "0644" }, to: { bytes: 100, mode: "0644" } },
      { path: "bin/tool", from: { bytes: 7, mode: "0644" }, to: { bytes: 7, mode: "0755" } },
      { path: "edited", from: { bytes: 4, mode: "0644" }, to: { bytes: 4, mode: "0644" } },
    ],
  });
});

test("of very many the largest are shown, and all are counted", () => {
  const files = Object.fromEntries(
    Array.from({ length: 501 }, (_, index) => [`f${index}`, [index, `h${index}`] as const]),
  );
  const { added } = compareFiles([], [layer(files)]);
  expect(added.count).toBe(501);
  expect(added.files).toHaveLength(500);
  expect(added.files[0]).toEqual({ path: "f500", bytes: 500 });
  expect(added.files.some(({ path }) => path === "f0")).toBe(false);
});
