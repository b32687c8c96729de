import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { scaled } from "../../../test/faults/scale.ts";
import {
  joinPieces,
  listWrongPairs,
  randomVersionPairs,
} from "../../../test/harness/random-versions.ts";
import { Randomness } from "../../../test/harness/randomness.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import {
  listWrongOrders,
  readGrypeConstraints,
  readGrypeOrders,
  readOrderVectors,
  satisfies,
} from "../../../test/harness/version-vectors.ts";
import { compareApk, isApkVersion } from "./apk.ts";
import { compareComposer } from "./composer.ts";
import { compareMaven } from "./maven.ts";
import { compareNpm } from "./npm.ts";
import { compareNuget } from "./nuget.ts";
import { comparePypi } from "./pypi.ts";
import { compareRpm } from "./rpm.ts";
import { compareGem } from "./rubygems.ts";
import { compareSemver } from "./semver.ts";

type Compare = (a: string, b: string) => number;

const TABLES: readonly (readonly [file: string, compare: Compare, atLeast: number])[] = [
  ["osv-scalibr/redhat-versions.txt", compareRpm, 165],
  ["osv-scalibr/alpine-versions.txt", compareApk, 778],
  ["osv-scalibr/maven-versions.txt", compareMaven, 102],
  ["osv-scalibr/nuget-versions.txt", compareNuget, 35],
  ["osv-scalibr/packagist-versions.txt", compareComposer, 95],
  ["osv.dev/packagist_test_cases.txt", compareComposer, 80],
  ["osv-scalibr/semver-versions.txt", compareSemver, 86],
  ["osv-scalibr/semver-versions.txt", compareNpm, 86],
  ["osv-scalibr/pypi-versions.txt", comparePypi, 37],
  ["osv-scalibr/rubygems-versions.txt", compareGem, 25],
];

/** Vectors that the real tool decides otherwise than osv-scalibr, with why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  "1-r-0 < 1-r0": "no version: apk-tools 2 and 3 differ, as the file says",
  "1-r-1 < 1-r0": "no version: apk-tools 2 and 3 differ, as the file says",
  "0.r1 < 0r2": "no version: apk-tools 2 reads the empty number",
  "0.8.21.r2 < 0.8.21r2": "no version: apk-tools 2 reads the empty number",
  "1.2.0A < 1.2.0d": "no version: capital letters end it in apk-tools 2",
  "1.2.0D < 1.2.0d": "no version: capital letters end it in apk-tools 2",
  "1 > 1-ruff": "no version: apk-tools 2 reads the revision that begins",
  "1-ruff2 = 1--ruff1": "no version: apk-tools 2 reads the revision that begins",
  "1-1 = 1-ga-1": "Maven 3.8.7 says 1-1 > 1-ga-1",
  "1.0.0 > 1.0": "PHP alone says so; Composer writes 1.0.0.0 for both before it asks PHP",
};

test.for(TABLES)("%s", ([file, compare, atLeast]) => {
  const vectors = readOrderVectors(file);
  expect(vectors.length).toBeGreaterThanOrEqual(atLeast);
  const judged = vectors.filter(({ a, b, order }) => DIFFERENT[`${a} ${order} ${b}`] === undefined);
  expect(listWrongOrders(judged, compare)).toEqual([]);
});

const hasOneEpoch = (a: string, b: string) => /^\d+:/.test(a) !== /\d+:/.test(b);

test.for([
  ["rpm", compareRpm],
  ["maven", compareMaven],
  ["gem", compareGem],
] as const)("Grype's comparisons of %s", ([kind, compare]) => {
  const judged = readGrypeOrders(kind).filter(
    // Grype forgets epochs where one side has none, which rpm does not, and takes builds for several Javas as one.
    ({ a, b }) => !(kind === "rpm" && hasOneEpoch(a, b)) && !/\.(jre|jdk)\d/.test(a + b),
  );
  expect(judged.length).toBeGreaterThan(8);
  expect(listWrongOrders(judged, compare)).toEqual([]);
});

test.for([
  ["rpm", compareRpm],
  ["apk", compareApk],
  ["maven", compareMaven],
  ["gem", compareGem],
  ["semantic", compareSemver],
] as const)("Grype's constraints of %s", ([kind, compare]) => {
  const vectors = readGrypeConstraints(kind);
  expect(vectors.length).toBeGreaterThan(20);
  for (const { version, constraint, holds } of vectors) {
    if (kind === "rpm" && hasOneEpoch(version, constraint)) continue;
    // "1.0.0.alpha.beta" is "1.0.0-alpha-beta" to Grype; semver.org has two identifiers in one and one in the other.
    if (kind === "semantic" && /alpha-beta|rc-alpha/.test(constraint)) continue;
    expect.soft(satisfies(version, constraint, compare), `${version} ${constraint}`).toBe(holds);
  }
});

test("what is no version of Alpine's is told from what is", () => {
  for (const version of ["1.2.3_rc1-r0", "6.6.2p1-r0", "2.19.10.4_p8", "0"])
    expect(isApkVersion(version), version).toBe(true);
  for (const version of ["1.18.-r2x", "110.73-e0", "2.19.10.4_y8", "57-1-r2", "abc", ""])
    expect(isApkVersion(version), version).toBe(false);
});

test("Go's pseudo-versions, toolchains and modules that never had a release", () => {
  const ordered = [
    "v0.0.0-20190101000000-abcdefabcdef",
    "v0.0.0-20240101000000-abcdefabcdef",
    "0.1.0",
    "go1.19.8",
    "1.20.0-0",
    "go1.21rc2",
    "go1.21.0",
    "v1.21.1-0.20230901000000-abcdefabcdef",
    "v1.21.1+incompatible",
    "v2.0.0",
  ];
  for (const [at, a] of ordered.entries())
    for (const [other, b] of ordered.entries())
      expect(Math.sign(compareSemver(a, b)), `${a} ${b}`).toBe(Math.sign(at - other));
});

// A hundred thousand take their time on one processor.
vi.setConfig({ testTimeout: scaled({ test: 60_000, soak: 60 * 60_000 }) });
const COUNT = scaled({ test: 2_000, soak: 100_000 });

test("random pairs are ordered as rpm orders them", async () => {
  const pieces = ["0", ..."12ab.-~^+_", "10", "el8", "rc", "00"] as const;
  const random = new Randomness();
  const pairs = randomVersionPairs(COUNT, random, () => {
    const epoch = random.below(4) === 0 ? `${random.below(3)}:` : "";
    return `${epoch}1${joinPieces(random, pieces, 6)}`;
  });
  await using directory = await makeTempDirectory("rpm-order");
  const file = join(directory.path, "pairs");
  writeFileSync(file, pairs.map((pair) => `${pair.join(" ")}\n`).join(""));
  const script = `%{lua: for l in io.lines("${file}") do local a, b = l:match("(%S+) (%S+)"); print(rpm.vercmp(a, b) .. " ") end}`;
  const { stdout } = spawnSync("rpm", ["--eval", script], { encoding: "utf8", maxBuffer: 1e9 });
  expect(listWrongPairs(pairs, stdout.trim().split(/\s+/), compareRpm), random.seed).toEqual([]);
});

test("random pairs are ordered as RubyGems orders them", () => {
  const pieces = [".0", ".1", ".2", ".10", ".a", ".b1", ".rc", "-pre", ".00", ".a10"] as const;
  const random = new Randomness();
  const pairs = randomVersionPairs(COUNT, random, () => `1${joinPieces(random, pieces, 6)}`);
  const script =
    "STDIN.each_line { |l| a, b = l.split; puts(Gem::Version.new(a) <=> Gem::Version.new(b)) }";
  const input = pairs.map((pair) => `${pair.join(" ")}\n`).join("");
  const { stdout } = spawnSync("ruby", ["-e", script], { input, encoding: "utf8", maxBuffer: 1e9 });
  expect(listWrongPairs(pairs, stdout.trim().split("\n"), compareGem), random.seed).toEqual([]);
});

test("random pairs are ordered as Python's packaging orders them", () => {
  const pieces = [
    ".0",
    ".1",
    ".10",
    "a1",
    "b2",
    "rc1",
    ".post1",
    ".dev2",
    "+local.1",
    ".00",
  ] as const;
  const random = new Randomness();
  const made = () => `${random.below(4) === 0 ? "1!" : ""}1${joinPieces(random, pieces, 4)}`;
  const pairs = randomVersionPairs(COUNT, random, made);
  // pip carries the library; what it does not take as a version is not asked about.
  const script = `
import sys
from pip._vendor.packaging.version import InvalidVersion, Version
for line in sys.stdin:
    try:
        a, b = map(Version, line.split())
        print((a > b) - (a < b))
    except InvalidVersion:
        print("x")`;
  const input = pairs.map((pair) => `${pair.join(" ")}\n`).join("");
  const asked = spawnSync("/usr/bin/python3", ["-c", script], {
    ...{ input, encoding: "utf8", maxBuffer: 1e9 },
  });
  const said = asked.stdout.trim().split("\n");
  expect(said.length, asked.stderr).toBe(pairs.length);
  // The library takes a local part of "0b1" for JavaScript's binary number; nobody's advisories name local parts.
  const isJudged = (at: number) => said[at] !== "x" && !/\+.*\.0b/.test(`${pairs[at]}`);
  const judged = pairs.filter((_, at) => isJudged(at));
  expect(judged.length).toBeGreaterThan(COUNT / 10);
  const answers = said.filter((_, at) => isJudged(at));
  expect(listWrongPairs(judged, answers, comparePypi), random.seed).toEqual([]);
});
