import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { COMMAND_GROUPS, COMMANDS } from "../../src/app/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { buildImage, writeOciLayout } from "../harness/images.ts";
import { writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

async function type(...words: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const terminal = createTerminal({
    stdin: Readable.from([]),
    stdout,
    stderr,
    environment: {},
    signal: new AbortController().signal,
  });
  const program = { commands: COMMANDS, groups: COMMAND_GROUPS, terminal };
  const exitCode = await runProgram(program, words);
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

test("berth layers shows sizes, hidden bytes and advice, and ends with 1 below the score that is asked for", async () => {
  await using directory = await makeTempDirectory("layers");
  const layers = [
    writeTar([{ name: "opt/app", content: Buffer.alloc(40_000, 1), mode: 0o644 }]),
    writeTar([{ name: "opt/app", content: Buffer.alloc(40_000, 1), mode: 0o755 }]),
  ];
  await writeOciLayout(directory.path, "app:1", buildImage({ layers }));
  const asJson = await type("layers", "--platform", "linux/amd64", "--json", directory.path);
  expect(asJson.stderr).toBe("");
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    bytes: 80_000,
    hiddenBytes: 40_000,
    efficiency: 0.5,
    layers: [{ hiddenBytes: 40_000 }, { hiddenBytes: 0 }],
    advice: [{ id: "metadata-copy", bytes: 40_000, layer: 0, files: ["opt/app"] }],
  });
  const below = ["--platform", "linux/amd64", "--fail-below", "0.9", directory.path];
  const asText = await type("layers", ...below);
  expect(asText.exitCode).toBe(1);
  expect(asText.stdout).toContain("metadata-copy");
  expect(asText.stdout).toContain("efficiency 50.0 %");
  const wrong = await type("layers", "--fail-below", "2", directory.path);
  expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("from 0 to 1") });
  const missing = await type("layers", `${directory.path}/missing`);
  expect(missing.exitCode).toBe(1);
});

test("berth build rules preview shows the tags of each rule, and says what is wrong with one", async () => {
  const ref = ["--ref", "refs/tags/v1.4.2"];
  const rules = ["--rule", "tag:/^v([0-9.]+)$/={\\1},{semver.minor}", "branch:main=latest"];
  const shown = await type("build", "rules", "preview", ...ref, ...rules);
  expect(shown).toMatchObject({ exitCode: 0, stderr: "" });
  expect(shown.stdout.split("\n")).toEqual([
    "tag:/^v([0-9.]+)$/={\\1},{semver.minor}: builds Dockerfile in .",
    "  1.4.2",
    "  1.4",
    "branch:main=latest: no build: the rule is for a branch, not for a tag",
    "",
  ]);
  const wrong = await type("build", "rules", "preview", ...ref, "--rule", "tag:x={\\1}");
  expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("no groups") });
});
