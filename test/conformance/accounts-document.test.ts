import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { hash } from "@node-rs/bcrypt";
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

async function berth(
  words: readonly string[],
  { environment, secret }: { environment: Readonly<Record<string, string>>; secret: string },
) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(`${secret}\n`);
  const { signal } = new AbortController();
  const terminal = createTerminal({ stdin, stdout, stderr, environment, signal });
  const code = await runProgram({ commands: COMMANDS, groups: COMMAND_GROUPS, terminal }, words);
  stdout.end();
  stderr.end();
  return { code, said: (await text(stdout)) + (await text(stderr)) };
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
    const secret = words[0] === "login" ? ROOT.password : SENTENCE;
    const { code, said } = await berth(words, { environment, secret });
    expect([line, code, code === 0 ? "" : said]).toEqual([line, 0, ""]);
  }
  expect(await hub.push({ name: "bob", password: SENTENCE }, "acme/tools/lint:1")).toMatchObject({
    status: 201,
  });
  expect(await hub.push({ name: "bob", password: SENTENCE }, "acme/releases:v1")).toMatchObject({
    status: 201,
  });
});

test("berth accounts import-htpasswd moves users over, and says who was left out", async () => {
  await using hub = await startAccountsHub();
  await using home = await makeTempDirectory("import");
  const file = join(home.path, "htpasswd");
  const bcrypt = await hash("correct-horse", { cost: 5 });
  await writeFile(file, `# users\nalice:${bcrypt}\nadmin:${bcrypt}\n`);
  const environment = {
    BERTH_URL: hub.url,
    DOCKER_CONFIG: home.path,
    BERTH_PASSWORD: ROOT.password,
  };
  const words = ["accounts", "import-htpasswd", file, "--user", "admin"];
  const { code, said } = await berth(words, { environment, secret: "" });
  expect(code).toBe(1);
  expect(said).toBe('imported: alice\nskipped: admin: "admin" is reserved\n');
  expect((await hub.as("alice", "correct-horse")("GET /v2/")).status).toBe(200);
  const missing = await berth([...words, "--json"].with(2, "nowhere"), { environment, secret: "" });
  expect(missing).toMatchObject({
    code: 2,
    said: expect.stringContaining("could not read nowhere"),
  });
});
