import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { DatabaseFullError, lockData } from "../platform/db/index.ts";
import { describeStartRefusal } from "./start-refusal.ts";

async function withFolder() {
  const folder = await mkdtemp(join(tmpdir(), "berth-start-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}

test("a file in place of the data directory, and a directory in use, are named", async () => {
  await using place = await withFolder();
  const file = join(place.folder, "file");
  await writeFile(file, "");
  const noDirectory = await failureOf(() => lockData(file, "serve"));
  expect(describeStartRefusal(noDirectory, file)).toBe(
    `${file} is not a directory: choose another BERTH_DATA`,
  );
  const nowhere = await failureOf(() => lockData("/proc/berth", "serve"));
  expect(describeStartRefusal(nowhere, "/proc/berth")).toContain("/proc/berth cannot be");
  using _lock = await lockData(place.folder, "serve");
  const inUse = await failureOf(() => lockData(place.folder, "serve"));
  expect(describeStartRefusal(inUse, place.folder)).toContain("another process is using");
});

test("a port that is taken is named with the setting that changes it", async () => {
  const first = createServer();
  await new Promise<void>((resolve) => first.listen(0, "127.0.0.1", resolve));
  const { port } = first.address() as { port: number };
  const taken = await failureOf(
    () =>
      new Promise((_, reject) => createServer().once("error", reject).listen(port, "127.0.0.1")),
  );
  first.close();
  expect(describeStartRefusal(taken, "/data")).toBe(
    `another program listens on 127.0.0.1:${port}: stop it, or choose another port by BERTH_LISTEN`,
  );
});

test("a full disk and a database that cannot be opened are the operator's, and a fault of ours stays one", async () => {
  expect(describeStartRefusal(new DatabaseFullError("full"), "/data")).toContain(
    "the disk of /data is full",
  );
  const db = new DatabaseSync(":memory:");
  db.exec("PRAGMA max_page_count = 2; CREATE TABLE a (b)");
  const full = await failureOf(() => db.exec("INSERT INTO a VALUES (zeroblob(100000))"));
  expect(describeStartRefusal(full, "/data")).toContain("the disk of /data is full");
  const closed = await failureOf(() => new DatabaseSync("/nonexistent/berth.db"));
  expect(describeStartRefusal(closed, "/data")).toContain("/data cannot be written");
  expect(describeStartRefusal(new TypeError("x is undefined"), "/data")).toBeUndefined();
});

test.each([
  [{ code: "EACCES", path: "/data" }, "/data: permission denied; give it to the user"],
  [{ code: "EACCES", port: 80 }, "may not listen on port 80"],
  [{ code: "EADDRNOTAVAIL", address: "10.9.9.9" }, "10.9.9.9 is no address of this machine"],
  [{ code: "EROFS", path: "/data" }, "cannot be written"],
  [{ code: "ENOSPC" }, "the disk of /data is full"],
])("%j is told as %s", (fields, said) => {
  expect(describeStartRefusal(Object.assign(new Error("refused"), fields), "/data")).toContain(
    said,
  );
});
