/**
 * `npm test`: the static checks, then every test, then one plain line with the counts of all of them. Words after `--` go to
 * vitest: `npm test -- src/oci`, `npm test -- --project e2e`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Counts } from "./closing-line.ts";
import { ensureDebianPackages } from "./debian-packages.ts";

// Not every tool looks whether somebody is watching; a log wants no colours.
const PLAIN = process.stdout.isTTY ? {} : { NO_COLOR: "1", TERM: "dumb" };
const BROKEN: Counts = { passed: 0, failed: 1, skipped: 0 };

process.chdir(join(import.meta.dirname, ".."));
const { passed, failed, skipped } = runAll(process.argv.slice(2));
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

function runAll(words: readonly string[]): Counts {
  try {
    ensureDebianPackages();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return BROKEN;
  }
  if (!isDone(run("npm", ["run", "--silent", "check"]))) {
    console.error("the static checks failed, see above; no test was run");
    return BROKEN;
  }
  return runVitest(words);
}

function runVitest(words: readonly string[]): Counts {
  const directory = mkdtempSync(join(tmpdir(), "berth-test-counts-"));
  const file = join(directory, "counts.json");
  try {
    const reporters = ["--reporter=default", "--reporter=./scripts/closing-line.ts"];
    const finished = run("vitest", ["run", ...reporters, ...words], { BERTH_TEST_COUNTS: file });
    const counts = readCounts(file);
    // Vitest has reasons of its own to fail, such as a global setup that threw: then the counts must not look green.
    return isDone(finished) || counts.failed > 0 ? counts : { ...counts, failed: 1 };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Counts;
  } catch (error) {
    console.error(`the test run left no counts: ${error instanceof Error ? error.message : error}`);
    return BROKEN;
  }
}

function run(command: string, words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return spawnSync(command, words, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...PLAIN, ...environment },
  });
}

function isDone({ status }: ReturnType<typeof run>): boolean {
  return status === 0;
}
