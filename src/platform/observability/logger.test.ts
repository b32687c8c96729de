import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, statSync, truncateSync } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../../test/harness/command.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { LogOutput } from "./log-output.ts";
import { createLogger, type LoggerOptions } from "./logger.ts";

const CANARY = "c4n4ry-0f-4ll-s3cr3ts";
const LOGGER = new URL("./logger.ts", import.meta.url).href;

test("a line is one JSON object with the level as a word and the time in UTC", () => {
  const [log, text] = logInto({ format: "json" });
  log.info({ repository: "library/app", bytes: 7 }, "manifest pushed");
  expect(text().endsWith("\n")).toBe(true);
  expect(JSON.parse(text())).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    repository: "library/app",
    bytes: 7,
    msg: "manifest pushed",
  });
});

test.each<[string, unknown]>([
  ["a header", { headers: { Authorization: `Basic ${CANARY}`, "set-cookie": [CANARY] } }],
  [
    "a field in any spelling",
    { refresh_token: CANARY, refreshToken: CANARY, REFRESH_TOKEN: CANARY },
  ],
  ["a list", { users: [{ name: "alice", password: CANARY }] }],
  ["a password that is a number", { password: Number.MAX_SAFE_INTEGER, pin: CANARY.length }],
  ["a URL", { upstream: new URL(`https://alice:${CANARY}@hub.test/v2/`) }],
  ["text with a URL", { reason: `could not reach https://alice:${CANARY}@hub.test/v2/` }],
  ["text with a header", { reason: `sent Authorization: Bearer ${CANARY}` }],
  ["a signed URL", { location: `https://s3.test/blob?X-Amz-Signature=${CANARY}&x=1` }],
  ["an upload's state", { location: `/v2/a/blobs/uploads/1?_state=${CANARY}` }],
  ["an error's message", { err: new Error(`get https://alice:${CANARY}@hub.test`) }],
  [
    "an error's cause",
    { err: new Error("outer", { cause: new Error(`https://a:${CANARY}@hub.test`) }) },
  ],
  ["an error's fields", { err: Object.assign(new Error("x"), { headers: { cookie: CANARY } }) }],
  [
    "an object of a library",
    {
      request: new (class Request {
        authorization = CANARY;
      })(),
    },
  ],
])("a secret in %s is not written", (_where, fields) => {
  for (const format of ["json", "pretty"] as const) {
    const [log, text] = logInto({ format });
    log.error(fields, "something happened");
    expect(text()).toContain("something happened");
    expect(text()).not.toContain(CANARY);
    expect(text()).not.toContain(String(Number.MAX_SAFE_INTEGER));
  }
});

test("a secret that a child logger carries, or that stands in the message, is not written", () => {
  const [log, text] = logInto({ format: "json" });
  log.child({ token: CANARY, "set-cookie": CANARY }).warn(`https://alice:${CANARY}@hub.test`);
  expect(text()).not.toContain(CANARY);
});

test.each(["json", "pretty"] as const)(
  "nothing from outside makes a line of its own in %s",
  (format) => {
    const forged = '\r\n{"level":"info","msg":"forged"}\u001b[2J\u009b31m\u2028\u202e';
    const [log, text] = logInto({ format });
    log.info({ agent: forged, [forged]: 1 }, `answered ${forged}`);
    expect(text().split("\n").length).toBe(2);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text()).not.toMatch(format === "json" ? /[\r\u001b]/ : /[\r\u001b\u009b\u2028\u202e]/);
  },
);

test("an error is printed with its stack, which cannot pass for lines of the log", () => {
  const [log, text] = logInto({ format: "pretty" });
  log.error({ err: new Error("broken\n[12:00:00.000] INFO: forged") }, "request failed");
  const lines = text().trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.filter((line) => line.startsWith("["))).toHaveLength(1);
});

test("auto is pretty on a terminal and JSON elsewhere", () => {
  const [onTerminal, printed] = logInto({ format: "auto", isTTY: true });
  onTerminal.info("started");
  expect(printed()).toContain("started");
  expect(() => JSON.parse(printed())).toThrow();
  const [elsewhere, written] = logInto({ format: "auto" });
  elsewhere.info("started");
  expect(JSON.parse(written()).msg).toBe("started");
});

test("the process goes on when the reader of its log goes away", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", chatter("40_000")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (text: Buffer) => {
    errors += text.toString();
  });
  child.stdout.once("data", () => child.stdout.destroy());
  expect(await once(child, "exit")).toEqual([7, null]);
  expect(errors).toBe("");
});

test("the process goes on when the disk of its log is full", async () => {
  const child = spawn("sh", [
    "-c",
    'exec "$0" "$@" > /dev/full',
    process.execPath,
    "--input-type=module",
    "-e",
    chatter("1000"),
  ]);
  let errors = "";
  child.stderr.on("data", (text: Buffer) => {
    errors += text.toString();
  });
  expect(await once(child, "exit")).toEqual([7, null]);
  expect(errors).toBe("");
});

test("the process goes on when the reader of its log stands still", async () => {
  const script = `${chatter("100_000")} process.stderr.write("still serving");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(await once(child.stderr.setEncoding("utf8"), "data")).toEqual(["still serving"]);
  child.kill("SIGKILL");
  await once(child, "exit");
});

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)(
  "a log goes on when the disk has room again, and says what it lost",
  async () => {
    await using directory = await makeTempDirectory("log");
    const disk = join(directory.path, "disk");
    await mkdir(disk);
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "none", disk]);
    const path = join(disk, "hub.log");
    const file = openSync(path, "a");
    const log = createLogger({ level: "info", format: "json", stream: new LogOutput(file) });
    const facts = { padding: "x".repeat(1000) };
    const writeMore = () => {
      log.info(facts, "line written");
      return statSync(path).size;
    };
    await expect.poll(writeMore, { interval: 1, timeout: 10_000 }).toBe(64 * 1024);
    log.info("lost");
    await nextTurns();
    truncateSync(path);
    log.info("found");
    const hasRecovered = /"msg":"found"[\s\S]*"log lines lost"/;
    await expect.poll(() => readFileSync(path, "utf8")).toMatch(hasRecovered);
    closeSync(file);
  },
);

/** Until what was handed to the thread pool has come back. */
async function nextTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await stat("/");
}

/** A program that logs much and then ends with a code of its own. */
function chatter(lines: string): string {
  return `
    const { createLogger } = await import(${JSON.stringify(LOGGER)});
    const log = createLogger({ level: "info", format: "json" });
    for (let line = 0; line < ${lines}; line += 1) {
      log.info({ line, padding: "x".repeat(200) }, "line written");
      if (line % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    process.exitCode = 7;
  `;
}

function logInto(options: Pick<LoggerOptions, "format"> & { readonly isTTY?: boolean }) {
  let text = "";
  const log = createLogger({
    level: "debug",
    format: options.format,
    stream: {
      write: (line) => {
        text += line;
      },
      ...(options.isTTY === undefined ? {} : { isTTY: options.isTTY }),
    },
  });
  return [log, () => text] as const;
}
