import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { openProgress } from "./progress.ts";

function openStream(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 60 });
  return { stream, written: () => String(stream.read() ?? "") };
}

test("a terminal sees a bar no wider than itself, which is gone when it is cleared", () => {
  const { stream, written } = openStream(true);
  const progress = openProgress(stream, "read");
  progress.update({ done: 512 * 1024, total: 1024 * 1024, unit: "bytes" });
  const line = written();
  expect(line).toContain(`[${"=".repeat(15)}${" ".repeat(15)}] read 512 KiB of 1.0 Mi`);
  expect(line.replace("\r\u001b[2K", "").length).toBeLessThan(60);
  progress.clear();
  expect(written()).toBe("\r\u001b[2K");
});

test("a log sees no control characters and not every update", () => {
  const { stream, written } = openStream(false);
  const progress = openProgress(stream, "read");
  for (let done = 0; done < 1000; done += 1) progress.update({ done, unit: "items" });
  progress.clear();
  expect(written()).toBe("");
});
