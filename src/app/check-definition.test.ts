import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import { runProgram } from "../cli/program.ts";
import { createTerminal } from "../cli/terminal.ts";
import { OFFICIAL_COMMANDS } from "./official-commands.ts";

const run = promisify(execFile);

async function check(...words: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const terminal = createTerminal({
    ...{ stdin: Readable.from([]), stdout, stderr, environment: {} },
    signal: new AbortController().signal,
  });
  const program = { commands: OFFICIAL_COMMANDS, groups: {}, terminal };
  const exitCode = await runProgram(program, ["official", "check", ...words]);
  stdout.end();
  return { exitCode, stdout: await text(stdout) };
}

test("a definition is held to what can be looked at, and says what was not", async () => {
  await using home = await makeTempDirectory("official-check");
  const sources = join(home.path, "sources");
  const docs = join(home.path, "docs");
  await mkdir(sources);
  await mkdir(docs);
  await writeFile(join(sources, "Dockerfile"), "FROM acme/base:1\nRUN make\n");
  await writeFile(join(docs, "README-short.txt"), "Says hello\n");
  const git = async (...args: string[]) =>
    await run("git", ["-C", sources, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args]);
  await git("init", "--quiet", "--initial-branch=master");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "one");
  const commit = (await git("rev-parse", "HEAD")).stdout.trim();
  const file = join(home.path, "hello");
  const fields = ["Maintainers: Ann (@ann)", "GitRepo: https://example.com/x.git"];
  await writeFile(file, [...fields, `GitCommit: ${commit}`, "", "Tags: latest", ""].join("\n"));

  const alone = await check(file);
  expect(alone.exitCode).toBe(0);
  expect(alone.stdout).toContain("latest (amd64)");
  expect(alone.stdout).toContain("5 checks passed, 0 failed, 41 not run here");
  const all = await check(file, "--git", sources, "--docs", docs, "--json");
  expect(all.exitCode).toBe(1);
  const { checks } = JSON.parse(all.stdout) as {
    checks: { number: number; state: string; id: string; severity: string; title: string }[];
  };
  expect(checks.map(({ number }) => number)).toEqual(Array.from({ length: 46 }, (_, i) => i + 1));
  const failed = checks.filter(({ state }) => state === "failed").map(({ number }) => number);
  expect(failed).toEqual([11, 44, 45]);

  const page = await readFile(join(import.meta.dirname, "../../docs/official-images.md"), "utf8");
  for (const { number, id, severity, title } of checks)
    expect(page).toContain(`| ${number} | \`${id}\` | ${severity} | ${title} |\n`);
});
