import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type OpenFile, OpenFiles } from "./open-files.ts";

let directory: string;
let files: OpenFiles;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-open-"));
  files = new OpenFiles(4);
});
afterEach(async () => {
  await files[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

test("a file is read through one descriptor by all who ask", async () => {
  const path = await write("a", "content");
  await using first = await files.open(path);
  await using second = await files.open(path);
  expect(second?.handle).toBe(first?.handle);
  expect(await content(second)).toBe("content");
});

test("a missing file is not there", async () => {
  expect(await files.open(join(directory, "missing"))).toBeUndefined();
  expect(files.openKept(join(directory, "missing"))).toBeUndefined();
});

test("a file that was replaced is opened anew, while who has the old one reads on", async () => {
  const path = await write("a", "old");
  await using old = await files.open(path);
  await rename(await write("b", "newer"), path);
  await using current = await files.open(path);
  expect(await content(current)).toBe("newer");
  expect(await content(old)).toBe("old");
});

test("a file that was removed is gone at once", async () => {
  const path = await write("a", "old");
  await (await files.open(path))?.[Symbol.asyncDispose]();
  await rm(path);
  expect(await files.open(path)).toBeUndefined();
});

test("a file that was moved away is gone once it is forgotten", async () => {
  const path = await write("a", "rotten");
  await (await files.open(path))?.[Symbol.asyncDispose]();
  await rename(path, join(directory, "quarantine"));
  files.forget(path);
  expect(await files.open(path)).toBeUndefined();
});

test("a file that is forgotten while it is being opened is not kept", async () => {
  const path = await write("a", "rotten");
  const opening = files.open(path);
  files.forget(path);
  await using _file = await opening;
  expect(files.openKept(path)).toBeUndefined();
});

test("the identity changes when the file is written to", async () => {
  const path = await write("a", "content");
  await using before = await files.open(path);
  await write("a", "CONTENT");
  await using after = await files.open(path);
  expect(after?.identity).not.toBe(before?.identity);
});

test.runIf(process.platform === "linux")("no more than the limit stay open", async () => {
  const before = (await readdir("/proc/self/fd")).length;
  for (let index = 0; index < 20; index += 1) {
    await using file = await files.open(await write(`file-${index}`, "content"));
    expect(await content(file)).toBe("content");
  }
  await expect
    .poll(async () => (await readdir("/proc/self/fd")).length)
    .toBeLessThanOrEqual(before + 4);
});

async function write(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

async function content(file: OpenFile | undefined): Promise<string> {
  const buffer = Buffer.alloc(100);
  const read = await file?.handle.read(buffer, 0, buffer.length, 0);
  return buffer.toString("utf8", 0, read?.bytesRead ?? 0);
}
