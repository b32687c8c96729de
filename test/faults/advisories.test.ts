import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { findIndex, importFeeds } from "../../src/advisories/index.ts";
import { PROGRAM } from "../harness/program.ts";
import { SmallDisk } from "../harness/small-disk.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const ROOT = join(import.meta.dirname, "../..");

function feed(count: number, fixed: string): string {
  return Array.from(
    { length: count },
    (_, at) =>
      `[29 Mar 2023] DSA-${at + 1}-1 p${at} - security update\n\t{CVE-2023-${10_000 + at}}\n\t[bullseye] - p${at} ${fixed}\n`,
  ).join("");
}

function revisionOf(directory: string): string | undefined {
  using index = findIndex(directory);
  return index?.revision;
}

function isOver(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

test("an import that is killed leaves the index of before in force, and the next one is not in its way", async () => {
  await using home = await makeTempDirectory("advisories-killed");
  const directory = join(home.path, "advisories");
  const [first, second] = [join(home.path, "first"), join(home.path, "second")];
  await writeFile(first, feed(1_000, "1.0-1"));
  await writeFile(second, feed(60_000, "1.0-2"));
  const clock = () => new Date();
  await importFeeds({ directory, path: first, clock });
  const before = revisionOf(directory);
  // While it reads, while it writes, and somewhere later.
  for (const until of ["work", "work/index.adv", "work/index.adv+"]) {
    const args = [PROGRAM, "advisories", "import", second, "--data", home.path];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: "ignore" });
    const over = isOver(child);
    while (!existsSync(join(directory, until.replace("+", ""))) && child.exitCode === null)
      await sleep(2);
    if (until.endsWith("+")) await sleep(50);
    child.kill("SIGKILL");
    await over;
    // Before the rename it is the old one, and after it the new one whole.
    using index = findIndex(directory);
    const [entry] = index?.listAffected("Debian:11", "p7") ?? [];
    expect(entry?.affected[0], until).toBe(index?.revision === before ? "(,1.0-1)" : "(,1.0-2)");
  }
  await importFeeds({ directory, path: second, clock });
  using index = findIndex(directory);
  expect(index?.listAffected("Debian:11", "p59999")).toHaveLength(1);
}, 120_000);

test("a disk that is full while advisories are imported costs nothing that was there", async () => {
  await using disk = await SmallDisk.create(64);
  const directory = join(disk.path, "advisories");
  await using home = await makeTempDirectory("advisories-disk");
  const [first, second] = [join(home.path, "first"), join(home.path, "second")];
  await writeFile(first, feed(1_000, "1.0-1"));
  await writeFile(second, feed(20_000, "1.0-2"));
  const clock = () => new Date();
  await importFeeds({ directory, path: first, clock });
  const before = revisionOf(directory);
  await disk.fillUpTo(256 * 1024);
  await expect(importFeeds({ directory, path: second, clock })).rejects.toThrow(/ENOSPC|no space/i);
  expect(revisionOf(directory)).toBe(before);
  await disk.makeRoom();
  await importFeeds({ directory, path: second, clock });
  using index = findIndex(directory);
  expect(index?.listAffected("Debian:11", "p19999")).toHaveLength(1);
}, 120_000);
