import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { sharedData } from "../../test/harness/shared-data.ts";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import { importFeeds } from "./import-feeds.ts";
import { findIndex, indexPath } from "./index-builder.ts";
import { IndexDamaged } from "./index-file/layout.ts";
import { readStatus } from "./status.ts";

const NOW = new Date("2026-11-28T00:00:00Z");
const DSA = sharedData("advisories/debian/DSA-list-2023-04.txt.br");
const CHANGELOGS = sharedData("advisories/debian/bookworm-fixed-from-changelogs.jsonl.br");

async function startImporting() {
  const temporary = await makeTempDirectory("advisories");
  const directory = join(temporary.path, "advisories");
  return {
    directory,
    file: async (name: string, content: string | Uint8Array) => {
      const path = join(temporary.path, name);
      await mkdir(join(path, ".."), { recursive: true });
      await writeFile(path, content);
      return path;
    },
    import: (path: string, isForced = false) =>
      importFeeds({ directory, path, clock: () => NOW, isForced }),
    ask: (ecosystem: string, name: string) => {
      using index = findIndex(directory);
      return index?.listAffected(ecosystem, name) ?? [];
    },
    revision: () => {
      using index = findIndex(directory);
      return index?.revision;
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

const LIST = `[29 Mar 2023] DSA-5380-1 xorg-server - security update
	{CVE-2023-1393}
	[bullseye] - xorg-server 2:1.20.11-1+deb11u6
[17 Mar 2023] DSA-5356-2 sox - regression update
	[bullseye] - sox 14.4.2+git20190427-2+deb11u2
[01 Mar 2023] DSA-5300-1 nothing - security update
	[bullseye] - nothing 1.0-2
`;

test("what one feed says is found by ecosystem and package, with its age", async () => {
  await using started = await startImporting();
  const report = await started.import(await started.file("list", LIST));
  expect(report.imported).toEqual([
    { path: expect.stringContaining("list"), format: "debian-list", records: 2, faulty: 0 },
  ]);
  expect(started.ask("Debian:11", "xorg-server")).toEqual([
    {
      source: "debian-dsa",
      id: "CVE-2023-1393",
      advisory: "DSA-5380-1",
      affected: ["(,2:1.20.11-1+deb11u6)"],
    },
  ]);
  expect(started.ask("Debian:12", "xorg-server")).toEqual([]);
  // A regression update is no vulnerability; an announcement without a CVE is one of its own.
  expect(started.ask("Debian:11", "sox")).toEqual([]);
  expect(started.ask("Debian:11", "nothing").map(({ id }) => id)).toEqual(["DSA-5300-1"]);
  using index = findIndex(started.directory);
  if (index === undefined) throw new Error("there is no index");
  expect(readStatus(index, NOW)).toMatchObject({
    sources: [
      { id: "debian-dsa", date: "2023-03-29", ageDays: 1340, records: 2, listsOpen: false },
    ],
    ecosystems: [{ ecosystem: "Debian:11", packages: 2, entries: 2, newest: "2023-03-29" }],
  });
});

test("another feed adds, the same one replaces", async () => {
  await using started = await startImporting();
  await started.import(DSA);
  await started.import(CHANGELOGS);
  expect(started.ask("Debian:12", "curl").length).toBeGreaterThan(50);
  expect(started.ask("Debian:11", "curl").length).toBeGreaterThan(5);
  await started.import(await started.file("list", LIST), true);
  expect(started.ask("Debian:11", "curl")).toEqual([]);
  expect(started.ask("Debian:11", "xorg-server")).toHaveLength(1);
  expect(started.ask("Debian:12", "curl").length).toBeGreaterThan(50);
});

const FIXES = `${Array.from({ length: 200 }, (_, at) => JSON.stringify({ source: `package-${at}`, fixed: { [`1.${at}-1`]: { date: "2026-01-01", cves: [`CVE-2025-${10_000 + at}`] } } })).join("\n")}\n`;
const LONG_LIST = LIST + LIST.replaceAll("29 Mar", "02 Jan").replaceAll("-1 ", "-3 ").repeat(20);
const GOOD = brotliCompressSync(FIXES);

const BAD: Record<string, { content: string | Uint8Array; reason: RegExp }> = {
  "cut.jsonl.br": { content: GOOD.subarray(0, GOOD.length - 100), reason: /unexpected end/ },
  "changed.jsonl.br": {
    content: Buffer.from(GOOD.map((byte, at) => (at === GOOD.length >> 1 ? byte ^ 0xff : byte))),
    reason: /was not imported/,
  },
  "cut-list": { content: LIST.slice(0, -20), reason: /cut off/ },
  "short-list": { content: LIST, reason: /far less than/ },
  "no-version": {
    content: `${LIST.replace("1.0-2", "v".repeat(300))}`,
    reason: /far less|no version/,
  },
  "older-list": { content: LIST.replaceAll("2023", "2021"), reason: /is of 2021-03-29/ },
  "nothing-known": { content: "hello\n", reason: /no format that is known/ },
  "empty.gz": { content: gzipSync(""), reason: /no format that is known/ },
  "bomb.jsonl.br": {
    content: brotliCompressSync(`{"source":"a","fixed":{"${"1".repeat(40_000_000)}`),
    reason: /longer than 32 MiB/,
  },
};

test.for(Object.keys(BAD))("%s changes nothing", async (name) => {
  await using started = await startImporting();
  await started.import(await started.file("good-list", LONG_LIST));
  await started.import(await started.file("good.jsonl", FIXES));
  const before = started.revision();
  const { content, reason } = BAD[name] ?? { content: "", reason: /never/ };
  await expect(started.import(await started.file(name, content))).rejects.toThrow(reason);
  expect(started.revision()).toBe(before);
  expect(started.ask("Debian:12", "package-7")).toHaveLength(1);
  // Nothing is left of the attempt either.
  expect(readdirSync(started.directory)).toEqual(["index.adv"]);
});

test("a directory is held to its manifest: one changed file, and none of it is imported", async () => {
  await using started = await startImporting();
  const sha256 = createHash("sha256").update(LIST).digest("hex");
  const manifest = (hash: string, file = "debian/list") =>
    JSON.stringify({ files: [{ file, sha256: hash, newest: "2023-03-29" }] });
  await started.file("feeds/debian/list", LIST);
  const path = join(await started.file("feeds/MANIFEST.json", manifest(sha256)), "..");
  await started.file("feeds/notes.txt", "not named, and not read\n");
  expect((await started.import(path)).imported.map((one) => one.path)).toEqual(["debian/list"]);
  const before = started.revision();
  await started.file("feeds/debian/list", LIST.replace("1.0-2", "1.0-3"));
  await expect(started.import(path)).rejects.toThrow(/has the SHA-256 .* and the manifest says/);
  await started.file("feeds/MANIFEST.json", manifest(sha256, "../outside"));
  await expect(started.import(path)).rejects.toThrow(/outside its directory/);
  await started.file("feeds/MANIFEST.json", "{");
  await expect(started.import(path)).rejects.toThrow(/MANIFEST.json is no list/);
  expect(started.revision()).toBe(before);
});

test("a flipped byte of the index is noticed wherever it is, and imports begin anew then", async () => {
  await using started = await startImporting();
  const list = await started.file("list", LIST);
  await started.import(list);
  const path = indexPath(started.directory);
  const whole = await readFile(path);
  for (const at of [0, 17, 22, 30, 40, 70, 100, whole.length - 5]) {
    await using file = await open(path, "r+");
    await file.write(Buffer.from([(whole[at] ?? 0) ^ 0x55]), 0, 1, at);
    expect(() => started.ask("Debian:11", "nothing"), `byte ${at}`).toThrow(IndexDamaged);
    await file.write(whole, at, 1, at);
  }
  await writeFile(path, whole.subarray(0, whole.length - 1));
  expect(() => started.ask("Debian:11", "nothing")).toThrow(IndexDamaged);
  const { warnings } = await started.import(list);
  expect(warnings).toEqual([expect.stringMatching(/cut off.*import its feeds again/)]);
  expect(started.ask("Debian:11", "nothing")).toHaveLength(1);
});

test("an index that is open goes on answering from what it was", async () => {
  await using started = await startImporting();
  await started.import(await started.file("list", LIST));
  using before = findIndex(started.directory);
  const changed = LIST.replace("1.0-2", "1.0-3");
  await started.import(await started.file("list", changed));
  expect(before?.listAffected("Debian:11", "nothing")[0]?.affected).toEqual(["(,1.0-2)"]);
  expect(started.ask("Debian:11", "nothing")[0]?.affected).toEqual(["(,1.0-3)"]);
});
