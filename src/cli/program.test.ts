import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { collectCommand } from "./collect-command.ts";
import { type Command, CommandError } from "./command.ts";
import { runProgram } from "./program.ts";
import { scrubCommand } from "./scrub-command.ts";
import { createTerminal } from "./terminal.ts";
import { USER_COMMANDS } from "./user-commands.ts";

type Typed = { readonly words: readonly string[]; readonly commands?: readonly Command[] };

async function type({ words, commands = [collectCommand, scrubCommand] }: Typed) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const terminal = createTerminal({
    stdin: Readable.from([]),
    stdout,
    stderr,
    environment: { HOME: "/nonexistent" },
    signal: new AbortController().signal,
  });
  const exitCode = await runProgram({ commands, groups: {}, terminal }, words);
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

test("--version is what everybody types first: it is the command `version`", async () => {
  const version: Command = {
    name: "version",
    describe: (line) => line,
    run: async ({ terminal, options }) => {
      terminal.print(`berth 1.2.3 ${options.json === true}`);
      return "ok";
    },
  };
  const commands = [version];
  expect(await type({ words: ["--version"], commands })).toMatchObject({
    exitCode: 0,
    stdout: "berth 1.2.3 false\n",
  });
  expect((await type({ words: ["--version", "--json"], commands })).stdout).toContain("true");
  expect((await type({ words: ["--help"], commands })).stdout).toContain("--version");
});

/** Answers every request as told, and keeps what it was asked. */
async function startHubThatSays(status: number, lines: readonly unknown[]) {
  const requests: {
    url: string | undefined;
    body: unknown;
    authorization: string | undefined;
    client: string | undefined;
  }[] = [];
  const server = createServer(async (request, response) => {
    const { authorization, "user-agent": client } = request.headers;
    requests.push({
      url: request.url,
      body: JSON.parse((await text(request)) || "null"),
      authorization,
      client,
    });
    response.writeHead(status, { "content-type": "application/x-ndjson" });
    response.end(lines.map((line) => JSON.stringify(line)).join("\n"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, [Symbol.asyncDispose]: () => closeServer(server) };
}

async function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

const ITEM = {
  type: "item",
  kind: "blob",
  digest: "sha256:aa",
  bytes: 2048,
  action: "would remove",
  why: "no manifest refers to it",
};
const COLLECT_REPORT = {
  type: "report",
  dryRun: true,
  examined: 3,
  removed: 1,
  kept: 2,
  freedBytes: 2048,
  durationMs: 5,
};
const SCRUB_REPORT = {
  type: "report",
  examined: 1,
  bytes: 9,
  rotten: 1,
  missing: 0,
  unreadable: 0,
  durationMs: 1,
};

test("a dry collection explains what it would remove and ends with 0", async () => {
  await using hub = await startHubThatSays(200, [
    { type: "progress", done: 1, unit: "items" },
    ITEM,
    COLLECT_REPORT,
  ]);
  const said = await type({ words: ["collect", "--dry-run", "--hub", hub.url, "--user", "a:b"] });
  expect(said).toEqual({
    exitCode: 0,
    stdout:
      "would remove: blob sha256:aa (2.0 KiB): no manifest refers to it\n" +
      "3 examined, 1 would be removed, 2 kept, 2.0 KiB to gain\n",
    stderr: "",
  });
  const authorization = "Basic YTpi";
  expect(hub.requests).toMatchObject([
    { url: "/api/v1/operations/collect", body: { dryRun: true }, authorization },
  ]);
});

test("--json gives the items and the report as they came, without the progress", async () => {
  await using hub = await startHubThatSays(200, [
    { type: "progress", done: 1, unit: "items" },
    ITEM,
    COLLECT_REPORT,
  ]);
  const { stdout } = await type({ words: ["collect", "--json", "--hub", hub.url] });
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([ITEM, COLLECT_REPORT]);
});

test("a scrub that found something ends with 1 and asks for the given rate", async () => {
  await using hub = await startHubThatSays(200, [SCRUB_REPORT]);
  const said = await type({ words: ["scrub", "--rate", "1.5", "--hub", hub.url] });
  expect(said).toMatchObject({
    exitCode: 1,
    stdout: "1 blobs read (9 B): 1 rotten, 0 missing, 0 unreadable\n",
  });
  expect(hub.requests[0]?.body).toEqual({ bytesPerSecond: 1_572_864 });
});

test("an operation that fails on the way, or ends without a report, ends with 1", async () => {
  await using failing = await startHubThatSays(200, [{ type: "failure", message: "disk is gone" }]);
  await using silent = await startHubThatSays(200, [ITEM]);
  expect(await type({ words: ["collect", "--hub", failing.url] })).toMatchObject({
    exitCode: 1,
    stderr: "berth: disk is gone\n",
  });
  expect(await type({ words: ["collect", "--hub", silent.url] })).toMatchObject({ exitCode: 1 });
});

test("a refusal is told in the hub's own sentence", async () => {
  const refusal = { type: "about:blank", title: "Forbidden", status: 403, detail: "ask an admin" };
  await using hub = await startHubThatSays(403, [refusal]);
  expect(await type({ words: ["scrub", "--hub", hub.url] })).toMatchObject({
    exitCode: 1,
    stderr: "berth: ask an admin\n",
  });
});

test("a refusal says what of the request does not fit, and what of the words was not found", async () => {
  const misfit = {
    ...{ type: "about:blank", title: "the request does not fit the contract", status: 400 },
    errors: [{ at: "body/format", message: "Invalid option" }],
  };
  await using strict = await startHubThatSays(400, [misfit]);
  expect((await type({ words: ["scrub", "--hub", strict.url] })).stderr).toBe(
    "berth: the request does not fit the contract; format: Invalid option\n",
  );
  const absent = { type: "about:blank", title: "there is nothing at this address", status: 404 };
  await using empty = await startHubThatSays(404, [absent]);
  const commands = [...USER_COMMANDS];
  const words = ["user", "enable", "zoe", "--hub", empty.url];
  expect((await type({ commands, words })).stderr).toBe(
    "berth: zoe is not there, or not yours to see: see berth user list\n",
  );
});

test("mistakes name the whole command, and the option", async () => {
  const commands = [...USER_COMMANDS];
  const short = await type({ commands, words: ["user", "enable"] });
  expect(short.stderr).toContain("(berth user enable --help says more)");
  const wrong = await type({ commands, words: ["user", "create", "zoe", "--role", "king"] });
  expect(wrong.stderr).toMatch(/^berth: --role: Invalid option/);
  expect(wrong.exitCode).toBe(2);
});

test("no hub, or a server that is none, ends with 3", async () => {
  await using stranger = await startHubThatSays(404, ["not found"]);
  const elsewhere = await startHubThatSays(200, []);
  await elsewhere[Symbol.asyncDispose]();
  const refused = await type({ words: ["scrub", "--hub", elsewhere.url] });
  expect(refused).toMatchObject({ exitCode: 3 });
  expect(refused.stderr).toContain(`no hub answers at ${elsewhere.url}: connect ECONNREFUSED`);
  expect(await type({ words: ["scrub", "--hub", stranger.url] })).toMatchObject({
    exitCode: 3,
    stderr: `berth: ${stranger.url} answers 404, but not as a Berth hub does\n`,
  });
});

test.each([
  { words: ["no-such-command"], hint: "unknown command 'no-such-command'" },
  { words: ["collect", "--no-such-option"], hint: "unknown option '--no-such-option'" },
  { words: ["scrub", "--rate", "fast"], hint: "--rate takes a number of MiB per second" },
  { words: ["scrub", "--hub", "ftp://x"], hint: '"ftp://x" is not the address of a hub' },
  { words: ["scrub", "--user", "ann"], hint: "no password for ann: set BERTH_PASSWORD" },
  { words: ["scrub", "too", "much"], hint: "too many arguments" },
])("$words is a mistake that ends with 2 and is named", async ({ words, hint }) => {
  const said = await type({ words });
  expect(said.stderr).toContain(hint);
  expect(said).toMatchObject({ exitCode: 2, stdout: "" });
});

test("help is a result: it goes to stdout and ends with 0", async () => {
  const all = await type({ words: ["--help"] });
  expect(all).toMatchObject({ exitCode: 0, stderr: "" });
  expect(all.stdout).toContain("130  stopped by Ctrl-C");
  const one = await type({ words: ["collect", "--help"] });
  expect(one.stdout).toMatch(/--dry-run.*--json/s);
});

test("commands of two words share their first, and each has its own help", async () => {
  const show: Command = {
    name: "config print",
    describe: (line) => line.summary("show it").argument("[key]"),
    run: async ({ operands, terminal }) => {
      terminal.print(operands.join());
      return "ok";
    },
  };
  const check: Command = { ...show, name: "config check" };
  const commands = [show, check];
  expect(await type({ words: ["config", "print", "listen"], commands })).toMatchObject({
    exitCode: 0,
    stdout: "listen\n",
  });
  expect((await type({ words: ["config", "--help"], commands })).stdout).toMatch(/check.*print/s);
});

test("a command's own failures keep their exit code, and a bug shows its stack", async () => {
  const failing = (error: Error): Command => ({
    name: "fail",
    describe: (line) => line,
    run: () => Promise.reject(error),
  });
  const known = failing(new CommandError("usage", "the file is not there"));
  expect(await type({ words: ["fail"], commands: [known] })).toMatchObject({
    exitCode: 2,
    stderr: "berth: the file is not there\n",
  });
  const bug = await type({ words: ["fail"], commands: [failing(new Error("oops"))] });
  expect(bug).toMatchObject({ exitCode: 1 });
  expect(bug.stderr).toMatch(/this is a bug: Error: oops\n\s+at /);
});

test("whoever is not logged in is told how to be, and the hub by what it is asked", async () => {
  const title = "authentication required: log in first";
  await using hub = await startHubThatSays(401, [{ type: "about:blank", title, status: 401 }]);
  const typed = await type({ words: ["collect", "--hub", hub.url] });
  expect(typed).toMatchObject({ exitCode: 1, stderr: `berth: ${title}: berth login\n` });
  expect(hub.requests).toMatchObject([{ client: "berth" }]);
});
