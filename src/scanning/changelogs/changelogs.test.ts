import { execFileSync } from "node:child_process";
import { mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { findIndex, importFeeds } from "../../advisories/index.ts";
import { parseChangelog } from "./debian-changelog.ts";
import { deriveAdvisories } from "./derive-advisories.ts";

const CHANGELOG = `sox (14.4.2-3+deb12u2) bookworm-security; urgency=high

  * Mention CVE-2099-0001 again, and fix CVE-2099-0003.

 -- A Person <a@example.org>  Tue, 02 Jan 2024 10:00:00 +0000

sox (14.4.2-3) unstable; urgency=medium

  * Fix CVE-2099-0001 and
    CVE-2099-0002 (closes: #1).

 -- A Person <a@example.org>  Mon,  4 Sep 2023 10:00:00 +0000

sox (14.4.2-1) unstable; urgency=medium

  * No fault is named here.

 -- A Person <a@example.org>  Mon, 02 Jan 2023 10:00:00 +0000
`;

test("a changelog's entries have a version, a day and what they name", () => {
  expect(parseChangelog(CHANGELOG)).toEqual({
    source: "sox",
    entries: [
      {
        version: "14.4.2-3+deb12u2",
        suite: "bookworm-security",
        date: "2024-01-02",
        cves: ["CVE-2099-0001", "CVE-2099-0003"],
      },
      {
        version: "14.4.2-3",
        suite: "unstable",
        date: "2023-09-04",
        cves: ["CVE-2099-0001", "CVE-2099-0002"],
      },
      { version: "14.4.2-1", suite: "unstable", date: "2023-01-02", cves: [] },
    ],
  });
  expect(parseChangelog("2024-01-02 somebody\n\n* a change\n")).toBeUndefined();
  const renamed = `${CHANGELOG}\noldsox (99) unstable; urgency=low\n\n  * CVE-2099-0009\n`;
  expect(parseChangelog(renamed)?.entries).toHaveLength(3);
});

/** A real .deb, made by dpkg-deb. */
async function buildDeb(home: string, name: string, files: Readonly<Record<string, Buffer>>) {
  const root = join(home, `${name}-root`);
  await mkdir(join(root, "DEBIAN"), { recursive: true });
  const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: a\n`;
  await writeFile(join(root, "DEBIAN/control"), control);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const compression = name.endsWith("zst") ? "zstd" : name.endsWith("gz") ? "gzip" : "xz";
  const file = join(home, "pool/main", `${name}.deb`);
  await mkdir(join(file, ".."), { recursive: true });
  execFileSync("dpkg-deb", ["--root-owner-group", `-Z${compression}`, "--build", root, file]);
  return file;
}

test("packages of a mirror say in which version a CVE was fixed; one that is cut off is named", async () => {
  await using temporary = await makeTempDirectory("changelogs");
  const doc = "usr/share/doc/sox/changelog.Debian.gz";
  const changelog = gzipSync(CHANGELOG);
  const upstream = gzipSync("nothing of Debian's, CVE-2099-0008\n");
  const noise = { "usr/bin/a": Buffer.alloc(300_000, "a") };
  await buildDeb(temporary.path, "sox", {
    ...noise,
    [doc]: changelog,
    "usr/share/doc/sox/changelog.gz": upstream,
  });
  const native = CHANGELOG.replaceAll("sox (", "native (");
  await buildDeb(temporary.path, "native-zst", {
    "usr/share/doc/native/changelog.gz": gzipSync(native),
  });
  await buildDeb(temporary.path, "plain-gz", noise);
  const cut = await buildDeb(temporary.path, "cut", { [doc]: changelog, ...noise });
  await truncate(cut, (await readFile(cut)).length - 200);
  await writeFile(join(temporary.path, "pool/fake.deb"), "no archive at all");

  const derived = await deriveAdvisories({ paths: [join(temporary.path, "pool")] });
  expect(derived).toMatchObject({ packages: 5, withoutChangelog: 1 });
  expect(derived.unreadable.map(({ reason }) => reason).sort()).toEqual([
    "it is cut off",
    "it is no .deb",
  ]);

  const path = join(temporary.path, "fixed.jsonl");
  await writeFile(path, [...derived.fixed.toLines("bookworm")].join(""));
  const directory = join(temporary.path, "advisories");
  await importFeeds({ directory, path, clock: () => new Date() });
  using index = findIndex(directory);
  const fixes = (name: string) =>
    index?.listAffected("Debian:12", name).map(({ id, affected }) => [id, ...affected]);
  const expected = [
    ["CVE-2099-0001", "(,14.4.2-3)"],
    ["CVE-2099-0002", "(,14.4.2-3)"],
    ["CVE-2099-0003", "(,14.4.2-3+deb12u2)"],
  ];
  expect(fixes("sox")).toEqual(expected);
  expect(fixes("native")).toEqual(expected);
});
