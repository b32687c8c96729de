import { expect, test } from "vitest";
import { LogWindow } from "./log-window.ts";

function keep(limit: number, pieces: readonly string[]): string {
  let kept = "";
  const window = new LogWindow(limit, (bytes) => {
    kept += bytes.toString();
  });
  for (const piece of pieces) window.write(Buffer.from(piece));
  window.end();
  return kept;
}

test("what fits is kept as it was", () => {
  expect(keep(10, ["01234", "56789"])).toBe("0123456789");
});

test("of what does not fit the beginning and the end are kept", () => {
  expect(keep(6, ["ab", "cdefgh", "i", "jklmnop"])).toBe(
    "abc\n... 10 bytes are left out here ...\nnop",
  );
});

test("the end is kept however it comes in pieces", () => {
  const text = "abcdefghijklmnopqrstuvwxyz";
  for (const size of [1, 2, 3, 5, 26]) {
    const pieces = text.match(new RegExp(`.{1,${size}}`, "g")) ?? [];
    expect(keep(8, pieces)).toBe("abcd\n... 18 bytes are left out here ...\nwxyz");
  }
  expect(keep(8, ["abcdef"])).toBe("abcdef");
  expect(keep(8, ["abcdef", "gh"])).toBe("abcdefgh");
});
