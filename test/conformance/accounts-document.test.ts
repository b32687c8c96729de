import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { COMMAND_GROUPS, COMMANDS } from "../../src/app/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const DOCUMENT = new URL("../../docs/accounts.md", import.meta.url);

/** What a shell makes of a line: words, some of them in quotes. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? "",
  );
}

test("the lines of docs/accounts.md do what they say, one after another", async () => {
  await using hub = await startAccountsHub();
  await using home = await makeTempDirectory("document");
  const environment = { BERTH_URL: hub.url, DOCKER_CONFIG: home.path };
  const document = await readFile(DOCUMENT, "utf8");
  const lines = [...document.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = ""]) =>
    block.split("\n").filter((line) => line !== ""),
  );
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    const [program, ...words] = wordsOf(line);
    expect(program).toBe("berth");
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    stdin.end(`${words[0] === "login" ? ROOT.password : SENTENCE}\n`);
    const { signal } = new AbortController();
    const terminal = createTerminal({ stdin, stdout, stderr, environment, signal });
    const code = await runProgram({ commands: COMMANDS, groups: COMMAND_GROUPS, terminal }, words);
    stdout.end();
    stderr.end();
    expect([line, code, code === 0 ? "" : await text(stderr)]).toEqual([line, 0, ""]);
  }
  expect(await hub.push({ name: "bob", password: SENTENCE }, "acme/tools/lint:1")).toMatchObject({
    status: 201,
  });
  expect(await hub.push({ name: "bob", password: SENTENCE }, "acme/releases:v1")).toMatchObject({
    status: 201,
  });
});
