import { writeFile } from "node:fs/promises";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { COMMAND_GROUPS, COMMANDS } from "../../src/app/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

async function type(words: readonly string[], path = process.env.PATH) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const terminal = createTerminal({
    stdin: Readable.from([]),
    stdout,
    stderr,
    environment: { PATH: path },
    signal: new AbortController().signal,
  });
  const program = { commands: COMMANDS, groups: COMMAND_GROUPS, terminal };
  const exitCode = await runProgram(program, words);
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

const idsOf = (stdout: string) =>
  (JSON.parse(stdout).findings as { id: string }[]).map(({ id }) => id);

test("berth lint shows findings with patches, and ends as berth scan does", async () => {
  await using directory = await makeTempDirectory("lint");
  const path = `${directory.path}/Dockerfile`;
  await writeFile(path, "FROM alpine:3.22\nCOPY secret.txt /srv/\nRUN apk add curl\n");
  await writeFile(`${directory.path}/.dockerignore`, "*.txt\n");
  const shown = await type(["lint", path]);
  expect(shown).toMatchObject({ exitCode: 1, stderr: "" });
  expect(shown.stdout).toContain("(CopyIgnoredFile, high)");
  expect(shown.stdout).toContain("    -RUN apk add curl\n    +RUN apk add --no-cache curl\n");
  const sarif = JSON.parse((await type(["lint", "--format", "sarif", path])).stdout);
  expect(sarif.runs[0].results).toContainEqual(
    expect.objectContaining({
      ruleId: "apk-cache",
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: path },
            region: { startLine: 3 },
          },
        },
      ],
    }),
  );
  const worse = await type(["lint", "--severity", "high", "--json", path]);
  expect(idsOf(worse.stdout).toSorted()).toEqual(["CopyIgnoredFile", "user-is-root"]);
  expect((await type(["lint", "--fail-on", "critical", path])).exitCode).toBe(0);
  await writeFile(path, "# check=error=true\nFROM alpine:3.22\n");
  expect((await type(["lint", "--fail-on", "critical", path])).exitCode).toBe(1);
  await writeFile(path, "# check=skip=all\nFROM alpine:3.22\n");
  expect(await type(["lint", path])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining("nothing found"),
  });
  expect(await type(["lint", `${path}.none`])).toMatchObject({ exitCode: 2, stdout: "" });
});

test("ShellCheck is asked about the scripts of RUN, where it is", async () => {
  await using directory = await makeTempDirectory("lint-shell");
  const path = `${directory.path}/Dockerfile`;
  const lines = [
    "FROM debian:12",
    'SHELL ["/bin/bash", "-c"]',
    "RUN --network=none set -e; \\",
    "    # why",
    "    rm $file",
    "# hadolint ignore=SC2086",
    "RUN rm $file",
    'RUN ["rm", "$file"]',
  ];
  await writeFile(path, `${lines.join("\n")}\n`);
  const { stdout } = await type(["lint", "--json", path]);
  const found = (JSON.parse(stdout).findings as { id: string; line: number }[]).filter(
    ({ id }) => id === "SC2086",
  );
  expect(found.map(({ line }) => line)).toEqual([5]);
  // Without it, the rest is there as before.
  const without = await type(["lint", "--json", path], directory.path);
  expect(idsOf(without.stdout)).toContain("base-without-digest");
  expect(idsOf(without.stdout).filter((id) => id.startsWith("SC"))).toEqual([]);
});
