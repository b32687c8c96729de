import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { attempt } from "../harness/command.ts";
import { Randomness } from "../harness/randomness.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";
import { IS_SOAK } from "./scale.ts";

/** As many of the quick ones as each `npm test` has time for, others every time. */
const A_FEW = 5;

const ROOT = new URL("../../", import.meta.url).pathname;
const COPIED = [
  "src",
  "test",
  "bin",
  "scripts",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
];
/** Once more for tests that catch a mutant by luck of timing: one red run is enough. */
const TRIES = 3;

test.each(MUTATIONS)("$name: its text stands where the list says", async (mutation) => {
  const text = await readFile(join(ROOT, mutation.file), "utf8");
  expect(text.split(mutation.original)).toHaveLength(2);
});

test.each(IS_SOAK ? MUTATIONS : chooseQuick())(
  "$name: a named test turns red",
  async (mutation) => {
    await using home = await makeTempDirectory("mutant");
    for (const entry of COPIED)
      await cp(join(ROOT, entry), join(home.path, entry), { recursive: true });
    await symlink(join(ROOT, "node_modules"), join(home.path, "node_modules"));
    await mutate(home.path, mutation);
    const outcomes: string[] = [];
    for (let run = 0; run < TRIES && !outcomes.includes("red"); run += 1) {
      outcomes.push(await runNamedTest(home.path, mutation));
    }
    expect(outcomes).toContain("red");
  },
  600_000,
);

function chooseQuick(): readonly Mutation[] {
  const random = new Randomness();
  const quick = MUTATIONS.filter(({ isQuick }) => isQuick).map((one) => ({
    one,
    at: random.below(1_000_000),
  }));
  return quick
    .sort((a, b) => a.at - b.at)
    .slice(0, A_FEW)
    .map(({ one }) => one);
}

async function mutate(folder: string, { file, original, mutant }: Mutation): Promise<void> {
  const path = join(folder, file);
  const text = await readFile(path, "utf8");
  await writeFile(
    path,
    text.replace(original, () => mutant),
  );
}

/** `red` only if the named test itself failed: a run that found no test, or could not start, proves nothing. */
async function runNamedTest(folder: string, { test: named }: Mutation): Promise<string> {
  const report = join(folder, "report.json");
  const { output } = await attempt(
    process.execPath,
    [
      "node_modules/vitest/vitest.mjs",
      "run",
      named.file,
      "--testNamePattern",
      named.title,
      "--reporter=json",
      `--outputFile=${report}`,
    ],
    { cwd: folder, env: { LANG: "C.UTF-8" }, timeoutMs: 300_000 },
  );
  const summary = JSON.parse(await readFile(report, "utf8").catch(() => "{}"));
  if (summary.numFailedTests > 0) return "red";
  return summary.numPassedTests > 0 ? "green" : `not run: ${output.slice(-500)}`;
}
