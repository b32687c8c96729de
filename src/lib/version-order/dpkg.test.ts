import { spawnSync } from "node:child_process";
import { expect, test, vi } from "vitest";
import { scaled } from "../../../test/faults/scale.ts";
import { joinPieces, randomVersionPairs } from "../../../test/harness/random-versions.ts";
import { Randomness } from "../../../test/harness/randomness.ts";
import {
  listWrongOrders,
  readGrypeConstraints,
  readOrderVectors,
  satisfies,
  sign,
} from "../../../test/harness/version-vectors.ts";
import { compareDpkg } from "./dpkg.ts";

test("Debian's versions are ordered as osv-scalibr says", () => {
  const vectors = readOrderVectors("osv-scalibr/debian-versions.txt");
  expect(vectors.length).toBeGreaterThan(20);
  expect(listWrongOrders(vectors, compareDpkg)).toEqual([]);
});

test("Debian's versions satisfy constraints as Grype says", () => {
  const vectors = readGrypeConstraints("deb");
  expect(vectors.length).toBe(74);
  for (const { version, constraint, holds } of vectors)
    expect
      .soft(satisfies(version, constraint, compareDpkg), `${version} ${constraint}`)
      .toBe(holds);
});

// A process for each of a hundred thousand takes its time.
vi.setConfig({ testTimeout: scaled({ test: 60_000, soak: 60 * 60_000 }) });
const PIECES = ["0", ..."123456789abzAZ.+~", "10", "00", "deb", "~~", "rc"] as const;

test("random pairs are ordered as dpkg orders them", () => {
  const random = new Randomness();
  const pairs = randomVersionPairs(scaled({ test: 2_000, soak: 100_000 }), random, makeVersion);
  // dpkg is asked what we say, in one shell: a pair costs one process.
  const words = { "<": "lt", "=": "eq", ">": "gt" };
  const lines = pairs.map(([a, b]) => `${a} ${words[sign(compareDpkg(a, b))]} ${b}\n`);
  const script =
    'while read -r a o b; do dpkg --compare-versions "$a" "$o" "$b" || echo "not $a $o $b"; done';
  const asked = spawnSync("sh", ["-c", script], { input: lines.join(""), encoding: "utf8" });
  expect(asked.stdout, `seed ${random.seed}`).toBe("");
  expect(asked.status).toBe(0);
});

function makeVersion(random: Randomness): string {
  const epoch = random.below(4) === 0 ? `${random.below(12)}:` : "";
  const revision = random.below(2) === 0 ? `-${joinPieces(random, PIECES, 4)}` : "";
  return `${epoch}${random.below(10)}${joinPieces(random, PIECES, 6)}${revision}`;
}
