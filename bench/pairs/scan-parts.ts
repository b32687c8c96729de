import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { findIndex } from "../../src/advisories/index.ts";
import { mergeLayers } from "../../src/scanning/inventory/merge-layers.ts";
import type { ImageInventory, LayerReport } from "../../src/scanning/inventory/model.ts";
import { readLayers } from "../../src/scanning/scan-inventory.ts";
import { createJudge } from "../../src/scanning/scans/judge.ts";
import { openImage } from "../../src/scanning/sources/open-image.ts";
import { pack, readPacked } from "../../src/scanning/store/layer-reports-store.ts";
import { run } from "../../test/harness/command.ts";
import { sharedData } from "../../test/harness/shared-data.ts";

/** What a hub does once it knows the layers of an image, in this process; and the whole of `berth scan`, in one of its own. */
const STEP_MS = 20;
const STORED = 1000;
const REMATCH_SECONDS = 5;
const SCAN_SECONDS = 5;
const MEBIBYTES = 300;
const TIMES = 21;
const POLL_MS = 10;
const MINUTE = 60_000;

interface Row {
  readonly title: string;
  readonly value: number;
  readonly unit: "ms" | "s CPU" | "MiB";
  readonly atMost: number;
}

/** Prints the table; true when a target is missed. */
export async function measureParts(options: {
  readonly berth: string;
  /** A command of another program that looks for secrets and flaws alone; undefined for none. */
  readonly peer: readonly string[] | undefined;
  readonly archive: string;
  readonly directory: string;
}): Promise<boolean> {
  const { berth, peer, archive, directory } = options;
  const feeds = sharedData("advisories");
  await run(berth, ["advisories", "import", feeds, "--data", directory], {
    timeoutMs: 5 * MINUTE,
  });
  await using image = await openImage(archive, { platform: "linux/amd64" });
  const rows = await measureSteps(await readLayers(image, { looksForFlaws: true }), directory);
  const whole = await meter([berth, "scan", archive, "--data", directory, "--format", "json"]);
  rows.push(
    {
      ...{ title: "`berth scan`: packages, findings, secrets and flaws", unit: "s CPU" },
      ...{ value: whole.cpuSeconds, atMost: SCAN_SECONDS },
    },
    { title: "the most memory it held", value: whole.mebibytes, unit: "MiB", atMost: MEBIBYTES },
  );
  console.log("\n| the same image, step by step | Berth | target |");
  console.log("|---|---|---|");
  for (const { title, value, unit, atMost } of rows) {
    const mark = value <= atMost ? "✓" : "✗";
    console.log(`| ${title} | **${value.toFixed(1)} ${unit}** | <= ${atMost} ${unit} ${mark} |`);
  }
  if (peer !== undefined) {
    const { cpuSeconds, mebibytes } = await meter(peer);
    const [seconds, memory] = [cpuSeconds.toFixed(1), mebibytes.toFixed(0)];
    console.log(`\nSecrets and flaws alone by Trivy: ${seconds} s CPU, ${memory} MiB.`);
  }
  return rows.some(({ value, atMost }) => value > atMost);
}

async function measureSteps(layers: readonly LayerReport[], directory: string): Promise<Row[]> {
  using index = findIndex(join(directory, "advisories"));
  if (index === undefined) throw new Error("there is no index");
  const judge = createJudge(index);
  const inventory = mergeLayers(layers);
  const packed = await Promise.all(layers.map(pack));
  const known = await medianOf(async () => {
    const read = await Promise.all(packed.map(readPacked));
    mergeLayers(read as LayerReport[]);
  });
  const matched = await medianOf(async () => void judge.judge(inventory, []));
  const stored = await pack(inventory);
  const before = process.cpuUsage();
  for (let n = 0; n < STORED; n += 1)
    await pack(judge.judge((await readPacked(stored)) as ImageInventory, []));
  const { user, system } = process.cpuUsage(before);
  return [
    { title: "all layers known", value: known, unit: "ms", atMost: STEP_MS },
    {
      title: `match of ${inventory.packages.length} packages`,
      ...{ value: matched, unit: "ms", atMost: STEP_MS },
    },
    {
      title: `${STORED} stored inventories read, matched and packed`,
      ...{ value: (user + system) / 1e6, unit: "s CPU", atMost: REMATCH_SECONDS },
    },
  ];
}

async function medianOf(work: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < TIMES; n += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[TIMES >> 1] ?? Number.NaN;
}

/** Of one process, as the kernel counts it until shortly before its end. */
async function meter(
  words: readonly string[],
): Promise<{ readonly cpuSeconds: number; readonly mebibytes: number }> {
  const [command = "", ...rest] = words;
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "ignore"] });
  const said = text(child.stdout);
  let last = { cpuSeconds: Number.NaN, mebibytes: Number.NaN };
  const timer = setInterval(() => {
    last = readProcess(child.pid ?? 0) ?? last;
  }, POLL_MS);
  const [code] = await once(child, "exit");
  clearInterval(timer);
  // 1: it found something, or failed.
  if (code > 1 || !(await said).startsWith("{"))
    throw new Error(`${words.join(" ")} ended with ${code}`);
  return last;
}

function readProcess(pid: number): { cpuSeconds: number; mebibytes: number } | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    if (peak === undefined) return undefined;
    return {
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
      mebibytes: Number(peak) / 1024,
    };
  } catch {
    // It ended just now.
    return undefined;
  }
}
