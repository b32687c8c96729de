import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { findIndex } from "../../src/advisories/index.ts";
import { sharedData } from "../../test/harness/shared-data.ts";

/** The index of all advisories at hand: built by the command from nothing, and opened as a scan does. */
const BUILD_SECONDS = 60;
const OPEN_MS = 100;
const OPENINGS = 21;

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string", default: "1" },
    berth: { type: "string", default: join(import.meta.dirname, "../../bin/berth") },
  },
});

process.exitCode = await measure();

async function measure(): Promise<0 | 1> {
  const data = await mkdtemp(join(process.env.BERTH_BENCH_DIRECTORY ?? tmpdir(), "berth-adv-"));
  try {
    const built = await time([
      ...[flags.berth, "advisories", "import", sharedData("advisories"), "--data", data],
    ]);
    const times = Array.from({ length: OPENINGS }, () => open(join(data, "advisories")));
    const opened = times.toSorted((a, b) => a - b)[OPENINGS >> 1] ?? Number.NaN;
    const mark = (isMet: boolean) => (isMet ? "✓" : "✗");
    const isBuilt = built.cpuSeconds < BUILD_SECONDS;
    const isOpened = opened < OPEN_MS;
    console.log("| index of all advisories at hand | Berth | target |");
    console.log("|---|---|---|");
    const said = `${built.cpuSeconds.toFixed(1)} s CPU (${built.seconds.toFixed(1)} s)`;
    console.log(`| built from 21 feeds | ${said} | < ${BUILD_SECONDS} s CPU ${mark(isBuilt)} |`);
    console.log(`| opened | ${opened.toFixed(1)} ms | < ${OPEN_MS} ms ${mark(isOpened)} |`);
    return isBuilt && isOpened ? 0 : 1;
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

function open(directory: string): number {
  const start = performance.now();
  using index = findIndex(directory);
  if (index === undefined) throw new Error("there is no index");
  return performance.now() - start;
}

/** The shell counts what a command and its children took. */
async function time(
  words: readonly string[],
): Promise<{ readonly seconds: number; readonly cpuSeconds: number }> {
  const script = `TIMEFORMAT='%R %U %S'; time "$@" >/dev/null`;
  const child = spawn("bash", ["-c", script, "bash", ...words], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = (await text(child.stderr)).trim().split("\n").at(-1) ?? "";
  const [seconds = Number.NaN, user = Number.NaN, system = Number.NaN] = said
    .split(" ")
    .map(Number);
  if (Number.isNaN(system)) throw new Error(`${words[0]} failed: ${said}`);
  return { seconds, cpuSeconds: user + system };
}
