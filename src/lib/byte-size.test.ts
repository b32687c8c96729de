import { expect, test } from "vitest";
import { formatBytes } from "./byte-size.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 KiB"],
  [1536, "1.5 KiB"],
  [1024 * 1024, "1.0 MiB"],
  [102.4 * 1024 * 1024, "102 MiB"],
  [1_000 * 1024 ** 3, "1.0 TiB"],
  [5_000 * 1024 ** 5, "5000 PiB"],
])("%d bytes read as %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
