import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sharedData } from "../../../test/harness/shared-data.ts";
import { makeTempDirectory, type TempDirectory } from "../../../test/harness/temp-directory.ts";
import { type AdvisoryIndex, findIndex, importFeeds } from "../../advisories/index.ts";
import { debianImage, debianPackage, readInstalled } from "./installed-debian.fixture.ts";
import { match } from "./match.ts";

let directory: TempDirectory;
let index: AdvisoryIndex;

beforeAll(async () => {
  directory = await makeTempDirectory("match-debian");
  for (const feed of ["bookworm-fixed-from-changelogs.jsonl", "DSA-list-2023-04.txt"])
    await importFeeds({
      directory: directory.path,
      path: sharedData(`advisories/debian/${feed}.br`),
      clock: () => new Date(),
    });
  const opened = findIndex(directory.path);
  if (opened === undefined) throw new Error("there is no index");
  index = opened;
}, 60_000);

afterAll(async () => {
  index[Symbol.dispose]();
  await directory[Symbol.asyncDispose]();
});

interface Expected {
  readonly source: string;
  readonly installed: string;
  readonly findings: readonly [id: string, fixedIn: string][];
}

test("the frozen bookworm root has the 15 findings that dpkg computed, no more", () => {
  const file = "fixtures/dpkg-status-bookworm-12.15-minbase-2026-11-23";
  const { findings, uncovered } = match(readInstalled(sharedData(file), "12"), index);
  const path = sharedData("advisories/debian/expected-debootstrap-bookworm-12.15-main-only.json");
  const expected = JSON.parse(readFileSync(path, "utf8")) as Expected[];
  const flat = expected.flatMap(({ source, installed, findings: fixes }) =>
    fixes.map(([id, fixedIn]) => ({ name: source, version: installed, id, fixedIn })),
  );
  expect(flat).toHaveLength(15);
  expect(
    findings.map(({ name, version, id, fixedIn }) => ({ name, version, id, fixedIn })),
  ).toEqual(flat);
  expect(uncovered).toEqual([]);
});

test("a minimal bullseye of the last point release has none of what was announced before it", () => {
  const inventory = readInstalled("test/data/advisories/dpkg-status-bullseye-11.11-minbase", "11");
  expect(inventory.packages.length).toBeGreaterThan(80);
  const { findings, uncovered } = match(inventory, index);
  expect(findings).toEqual([]);
  expect(uncovered).toEqual([]);
});

test("older sources have exactly the faults that were fixed after them", () => {
  const counted = (name: string, version: string) =>
    match(debianImage("12", [debianPackage({ name, version })]), index).findings;
  // CVE-2023-38545 (curl, SOCKS5): DSA-5523-1 fixed it in 7.88.1-10+deb12u4.
  const [socks] = counted("curl", "7.88.1-10").filter(({ id }) => id === "CVE-2023-38545");
  expect(socks?.fixedIn).toBe("7.88.1-10+deb12u4");
  expect(counted("curl", "7.88.1-10+deb12u4").map(({ id }) => id)).not.toContain("CVE-2023-38545");
  for (const [name, version] of [
    ["curl", "7.88.1-10"],
    ["nginx", "1.22.1-9"],
    ["openssl", "3.0.9-1"],
  ] as const) {
    const found = counted(name, version);
    expect(found.length, name).toBeGreaterThan(5);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  }
});

test("a binary package is compared by the version of its source", () => {
  // postgresql-client is built from postgresql-common, whose version has nothing to do with its own.
  const image = (version: string) =>
    debianImage("12", [
      debianPackage({ name: "perl-modules-5.36", version: "99", source: `perl (${version})` }),
    ]);
  expect(match(image("5.36.0-7"), index).findings.map(({ name }) => name)).toContain("perl");
  expect(match(image("5.36.0-7+deb12u9"), index).findings).toEqual([]);
});
