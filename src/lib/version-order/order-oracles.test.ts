import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
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
import { compareComposer } from "./composer.ts";
import { compareMaven } from "./maven.ts";
import { compareNpm } from "./npm.ts";
import { compareSemver } from "./semver.ts";

// A hundred thousand take their time on one processor.
vi.setConfig({ testTimeout: scaled({ test: 60_000, soak: 60 * 60_000 }) });
const COUNT = scaled({ test: 2_000, soak: 100_000 });

type Pairs = readonly (readonly [string, string])[];

/** Asks a program that answers each line `A B` with -1, 0 or 1, or with x where one of them is no version to it. */
function ask(command: string, words: readonly string[], pairs: Pairs) {
  const input = pairs.map((pair) => `${pair.join(" ")}\n`).join("");
  const asked = spawnSync(command, words, { input, encoding: "utf8", maxBuffer: 1e9 });
  const said = asked.stdout.trim().split("\n");
  expect(said.length, asked.stderr).toBe(pairs.length);
  const judged = pairs.filter((_, at) => said[at] !== "x");
  expect(judged.length).toBeGreaterThan(COUNT / 10);
  return { judged, answers: said.filter((answer) => answer !== "x") };
}

test("random pairs are ordered as npm orders them", () => {
  const random = new Randomness();
  const endings = [
    "-0",
    "-1",
    "-a",
    "-rc",
    ".0",
    ".1",
    ".10",
    ".b",
    "+build",
    "-x-1",
    "a",
  ] as const;
  const pairs = randomVersionPairs(COUNT, random, () => {
    const numbers = [1, random.below(3), random.below(12)].join(".");
    return `${random.pick(["", "", "v", "="])}${numbers}${random.below(3) === 0 ? "" : joinPieces(random, endings, 4)}`;
  });
  // The library that npm itself carries, and not the one that is installed here.
  const npm = spawnSync("sh", ["-c", "command -v npm"], { encoding: "utf8" }).stdout.trim();
  const library = join(realpathSync(npm), "../../node_modules/semver");
  const script = `
    const { compare, valid } = require(${JSON.stringify(library)});
    for (const line of require("node:fs").readFileSync(0, "utf8").trimEnd().split("\\n")) {
      const [a, b] = line.split(" ");
      const isJudged = valid(a, true) !== null && valid(b, true) !== null;
      console.log(isJudged ? compare(a, b, true) : "x");
    }`;
  const { judged, answers } = ask(process.execPath, ["-e", script], pairs);
  expect(listWrongPairs(judged, answers, compareNpm), random.seed).toEqual([]);
});

const GO_PROGRAM = `package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"probe/semver"
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		pair := strings.Fields(lines.Text())
		if semver.IsValid(pair[0]) && semver.IsValid(pair[1]) {
			fmt.Fprintln(out, semver.Compare(pair[0], pair[1]))
		} else {
			fmt.Fprintln(out, "x")
		}
	}
}
`;

test("random pairs are ordered as Go orders versions of modules", async () => {
  const random = new Randomness();
  const endings = [
    ...["-0", "-1", "-rc", ".0", ".1", ".10", ".b", "+incompatible", "-x-1"],
    ...["-20190101000000-abcdefabcdef", "-0.20230901000000-abcdefabcdef"],
  ] as const;
  const pairs = randomVersionPairs(COUNT, random, () => {
    const numbers = [1, random.below(3), random.below(12)].slice(0, 1 + random.below(6)).join(".");
    return `v${numbers}${random.below(3) === 0 ? "" : joinPieces(random, ["-0", ...endings], 3)}`;
  });
  await using directory = await makeTempDirectory("go-order");
  const { path } = directory;
  await mkdir(join(path, "semver"));
  const env = { ...process.env, GOCACHE: join(path, "cache"), GOFLAGS: "", GO111MODULE: "on" };
  const root = spawnSync("go", ["env", "GOROOT"], { encoding: "utf8", env }).stdout.trim();
  // What the go command itself compares with.
  const source = join(root, "src/cmd/vendor/golang.org/x/mod/semver/semver.go");
  await copyFile(source, join(path, "semver/semver.go"));
  await writeFile(join(path, "go.mod"), "module probe\n");
  await writeFile(join(path, "main.go"), GO_PROGRAM);
  const built = spawnSync("go", ["build", "-o", "probe"], { cwd: path, env, encoding: "utf8" });
  expect(built.stderr).toBe("");
  const { judged, answers } = ask(join(path, "probe"), [], pairs);
  expect(listWrongPairs(judged, answers, compareSemver), random.seed).toEqual([]);
});

test("random pairs are ordered as Composer orders them", () => {
  const random = new Randomness();
  const endings = [
    ...["-dev", ".dev", "-beta1", "RC2", "rc1", "a1", "-b.2", "-alpha", "pl1", "-p2", "+meta"],
    ...["-stable", "_beta-3", "-rc.1-2", "-patch", "x", "-1"],
  ] as const;
  const pairs = randomVersionPairs(COUNT, random, () => {
    const numbers = joinPieces(random, ["1", "1.0", "1.1", ".0", ".1", ".10", ".2", ".00"], 3);
    const begun =
      random.below(8) === 0 ? random.pick(["2024.01.10", "20240110", "2024-01-1"]) : numbers;
    return `${random.pick(["", "", "v"])}${begun}${random.below(3) === 0 ? "" : joinPieces(random, ["-dev", ...endings], 2)}`;
  });
  const script = `
    require "/usr/share/php/Composer/Semver/autoload.php";
    $parser = new Composer\\Semver\\VersionParser();
    while (($line = fgets(STDIN)) !== false) {
      try {
        [$a, $b] = array_map(fn ($one) => $parser->normalize($one), explode(" ", trim($line)));
        $isLess = Composer\\Semver\\Comparator::lessThan($a, $b);
        echo Composer\\Semver\\Comparator::greaterThan($a, $b) - $isLess, "\\n";
      } catch (UnexpectedValueException) {
        echo "x\\n";
      }
    }`;
  const { judged, answers } = ask("php", ["-r", script], pairs);
  expect(listWrongPairs(judged, answers, compareComposer), random.seed).toEqual([]);
});

const MAVEN = ["maven3-artifact.jar", "commons-lang3.jar"].map((jar) => `/usr/share/java/${jar}`);

test("random pairs are ordered as Maven orders them", () => {
  const pieces = [
    "0",
    ..."12.-ab",
    "10",
    "-",
    ".",
    "alpha",
    "rc",
    "cr",
    "final",
    "ga",
    "sp",
    "x",
    "snapshot",
    "foo",
  ] as const;
  const random = new Randomness();
  for (let done = 0; done < COUNT; done += 2_000) {
    const pairs = randomVersionPairs(2_000, random, () => `1${joinPieces(random, pieces, 6)}`);
    const main = "org.apache.maven.artifact.versioning.ComparableVersion";
    const { stdout } = spawnSync("java", ["-cp", MAVEN.join(":"), main, ...pairs.flat()], {
      encoding: "utf8",
      maxBuffer: 1e9,
    });
    const said = [...stdout.matchAll(/^ {3}(\S+) (<|==|>) (\S+)$/gm)];
    expect(said.length).toBe(pairs.length * 2 - 1);
    const signs: Record<string, number> = { "<": -1, "==": 0, ">": 1 };
    const wrong = said.filter(
      ([, a = "", order = "", b = ""]) => Math.sign(compareMaven(a, b)) !== signs[order],
    );
    expect(
      wrong.map(([line]) => line),
      random.seed,
    ).toEqual([]);
  }
});
