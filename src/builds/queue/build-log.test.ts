import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { ANONYMOUS, type Caller } from "../../access/index.ts";
import type { BuildId } from "../tables.ts";
import { BuildLogs, type LogPiece } from "./build-log.ts";
import { parseLogPlace, printLogPlace } from "./log-place.ts";
import { LogReaders } from "./log-readers.ts";

const ID = 1 as BuildId;
const caller: Caller = { by: ANONYMOUS, origin: { address: "192.0.2.1" } } as Caller;

async function write(logs: BuildLogs, text: string): Promise<void> {
  const log = await logs.begin(ID, () => undefined);
  log.write(text);
  await logs.end(log);
}

async function readAll(logs: BuildLogs, from?: LogPiece["next"]): Promise<LogPiece[]> {
  const { signal } = new AbortController();
  return await Array.fromAsync(logs.read(ID, { from, isOver: async () => true, signal }));
}

test("whoever comes back goes on where they were, and from the beginning where the log was begun anew", async () => {
  await using home = await makeTempDirectory("build-log");
  const logs = new BuildLogs(home.path);
  await write(logs, "one\ntwo\n");
  const [first] = await readAll(logs);
  expect(first).toMatchObject({ text: "one\ntwo\n", isAnew: false });
  const place = parseLogPlace(printLogPlace(first?.next ?? { file: "", byte: 0 }));
  expect(place).toEqual(first?.next);
  expect(await readAll(logs, place)).toEqual([]);
  expect(await readAll(logs, { file: place?.file ?? "", byte: 4 })).toMatchObject([
    { text: "two\n", isAnew: false },
  ]);
  // Longer than the one before, so that its place is somewhere within it.
  await write(logs, "three\nfour\nfive\n");
  expect(await readAll(logs, place)).toMatchObject([{ text: "three\nfour\nfive\n", isAnew: true }]);
});

test("a log is begun anew in front of whoever follows it", async () => {
  await using home = await makeTempDirectory("build-log");
  const logs = new BuildLogs(home.path);
  await write(logs, "one\n");
  const stop = new AbortController();
  const pieces = logs.read(ID, { isOver: async () => false, signal: stop.signal });
  expect((await pieces.next()).value).toMatchObject({ text: "one\n", isAnew: false });
  await write(logs, "two\n");
  expect((await pieces.next()).value).toMatchObject({ text: "two\n", isAnew: true });
  stop.abort();
  expect((await pieces.next()).done).toBe(true);
});

test.each(["", "7", "1-", "-1", "a-1", `1-${"9".repeat(16)}`, "1-2-3"])(
  "%j is no place of a log",
  (text) => expect(parseLogPlace(text)).toBeUndefined(),
);

test("of a log that nobody takes, no more than a little is held", async () => {
  const piece = "x".repeat(64 * 1024);
  let taken = 0;
  async function* endless() {
    for (;;) {
      taken += 1;
      yield piece;
    }
  }
  const stream = new LogReaders().open(caller, endless());
  stream?.once("readable", () => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toBeLessThanOrEqual(2);
  stream?.destroy();
});

test("nobody takes all places, and whoever goes gives theirs up", async () => {
  const readers = new LogReaders();
  async function* nothing() {
    yield* [];
  }
  const held = Array.from({ length: 50 }, () => readers.open(caller, nothing()));
  expect(held).not.toContain(undefined);
  expect(readers.open(caller, nothing())).toBeUndefined();
  const other = { ...caller, origin: { ...caller.origin, address: "192.0.2.2" } };
  expect(readers.open(other, nothing())).toBeDefined();
  held[0]?.destroy();
  await expect.poll(() => readers.open(caller, nothing())).toBeDefined();
});
