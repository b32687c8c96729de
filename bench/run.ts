import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { KIB, MIB } from "./content.ts";
import type { Peer, PeerName } from "./peer.ts";
import { startBerth } from "./peers/berth.ts";
import { startDockerRegistry } from "./peers/docker-registry.ts";
import { startNginx } from "./peers/nginx.ts";
import { hasMissedTarget, renderReport } from "./report.ts";
import { runScenarios } from "./runner.ts";
import type { Scale, Scenario } from "./scenario.ts";
import { blobReads } from "./scenarios/blob-reads.ts";
import { dockerClient } from "./scenarios/docker-client.ts";
import { lists } from "./scenarios/lists.ts";
import { manifestReads } from "./scenarios/manifest-reads.ts";
import { pushes } from "./scenarios/pushes.ts";
import { starts } from "./scenarios/starts.ts";

const HELP = `npm run bench -- [options]

  --only PART      scenarios whose id contains PART, crowd, stock, scan, advisories,
                   policies, builds, bombs, lifecycle or web; may be repeated
  --rounds N       rounds of each scenario (5)
  --quick          small sizes and short times, for a look
  --berth COMMAND  the berth command to measure (bin/berth)
  --write          put the table into docs/benchmarks.md
  --list           print the ids of the scenarios

Ends with 1 when a target is missed.
`;

/** The commands of others that a run needs, and the Debian packages that bring them. */
const NEEDED = [
  { command: "wrk", package: "wrk" },
  { command: "docker-registry", package: "docker-registry" },
  { command: "nginx", package: "nginx-light" },
];

/** Programs of their own, most of which measure one hub or program beside another. */
const PROGRAMS = {
  crowd: "pairs/crowd",
  stock: "pairs/stock",
  scan: "pairs/scan",
  policies: "pairs/policies",
  builds: "pairs/builds",
  advisories: "pairs/advisories",
  bombs: "pairs/bombs",
  lifecycle: "lifecycle",
  web: "web",
};

const DOCUMENT = join(import.meta.dirname, "../docs/benchmarks.md");
const BEGIN = "<!-- begin: written by npm run bench -->";
const END = "<!-- end: written by npm run bench -->";

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    rounds: { type: "string", default: "5" },
    quick: { type: "boolean", default: false },
    berth: { type: "string", default: join(import.meta.dirname, "../bin/berth") },
    write: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const scenarios = selectScenarios();
  if (flags.help) console.log(HELP);
  else if (flags.list)
    for (const { id, title } of scenarios) console.log(`${id.padEnd(24)}${title}`);
  else return Math.max(scenarios.length > 0 ? await measure(scenarios) : 0, await measureHubs());
  return 0;
}

function selectScenarios(): Scenario[] {
  const all = [
    ...manifestReads(),
    ...blobReads(),
    ...pushes(),
    ...lists(),
    ...starts(flags.berth),
    ...dockerClient(),
  ];
  const { only } = flags;
  return all.filter(({ id }) => only.length === 0 || only.some((part) => id.includes(part)));
}

/** A hub against itself: what a hundred thousand accounts, fifteen million images, or policies of retention cost. */
async function measureHubs(): Promise<number> {
  const words = [
    "--rounds",
    flags.rounds,
    "--berth",
    flags.berth,
    ...(flags.quick ? ["--quick"] : []),
  ];
  let worst = 0;
  for (const [name, path] of Object.entries(PROGRAMS)) {
    if (flags.only.length > 0 && !flags.only.includes(name)) continue;
    const program = join(import.meta.dirname, `${path}.ts`);
    const child = spawn(process.execPath, [program, ...words], { stdio: "inherit" });
    const [code] = (await once(child, "close")) as [number | null];
    worst = Math.max(worst, code ?? 1);
  }
  return worst;
}

function assertInstalled(): void {
  const folders = (process.env.PATH ?? "").split(":");
  const missing = NEEDED.filter(
    ({ command }) => !folders.some((folder) => existsSync(join(folder, command))),
  );
  if (missing.length === 0) return;
  const packages = missing.map((needed) => needed.package).join(" ");
  throw new Error(`something is missing here: apt-get install ${packages}`);
}

async function measure(scenarios: readonly Scenario[]): Promise<number> {
  assertInstalled();
  const rounds = Number(flags.rounds);
  // Not the memory-backed /tmp of some machines: all servers share one disk, and it has to be a disk.
  const directory = await mkdtemp(
    join(process.env.BERTH_BENCH_DIRECTORY ?? tmpdir(), "berth-bench-"),
  );
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const measurements = await runScenarios(scenarios, {
    start: (name) => startPeer(name, join(directory, name)),
    scale: makeScale(directory),
    rounds,
    say: console.log,
  });
  const command = ["npm run bench", ...process.argv.slice(2).filter(isWorthTelling)].join(" ");
  const report = renderReport({ command, rounds, date: new Date(), measurements });
  console.log(`\n${report}`);
  if (flags.write) await writeDocument(report);
  return hasMissedTarget(measurements) ? 1 : 0;
}

async function startPeer(name: PeerName, directory: string): Promise<Peer> {
  await mkdir(directory, { recursive: true });
  switch (name) {
    case "docker-registry":
      return startDockerRegistry(directory);
    case "nginx":
      return startNginx(directory);
    case "berth":
      return startBerth(directory, flags.berth);
  }
}

function makeScale(directory: string): Scale {
  if (flags.quick) {
    return {
      seconds: 1,
      largeBlobBytes: 256 * MIB,
      parallelBlobBytes: 16 * MIB,
      smallPushes: 200,
      listEntries: 10_000,
      imageBytes: 20 * MIB,
      startTags: 10_000,
      directory,
    };
  }
  return {
    seconds: 3,
    largeBlobBytes: 1024 * MIB,
    parallelBlobBytes: 64 * MIB,
    smallPushes: 1000,
    listEntries: 10_000,
    imageBytes: 200 * 1000 * KIB,
    startTags: 1_000_000,
    directory,
  };
}

/** Paths of this machine are nobody's business. */
function isWorthTelling(argument: string): boolean {
  return !argument.includes("/");
}

async function writeDocument(report: string): Promise<void> {
  const text = await readFile(DOCUMENT, "utf8");
  const [before, rest] = text.split(BEGIN);
  const [, after] = (rest ?? "").split(END);
  if (before === undefined || after === undefined) throw new Error(`no markers in ${DOCUMENT}`);
  await writeFile(DOCUMENT, `${before}${BEGIN}\n\n${report}\n\n${END}${after}`);
}
