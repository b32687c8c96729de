import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { plainEnvironment } from "../../test/harness/clone.ts";
import { run } from "../../test/harness/command.ts";
import { debianRoot } from "../../test/harness/debian-root.ts";
import { digestOf } from "../../test/harness/images.ts";
import { openOracles } from "../../test/harness/scan-oracles.ts";
import { sharedData } from "../../test/harness/shared-data.ts";
import { measureFindings } from "./findings.ts";
import { measureParts } from "./scan-parts.ts";

/** The bill of materials of one image, by Berth and by Trivy in turns, each without anything remembered. */
const TARGET_SECONDS = 1;
const MINUTE = 60_000;

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    berth: { type: "string", default: join(import.meta.dirname, "../../bin/berth") },
  },
});

interface Cost {
  readonly cpuSeconds: number;
  readonly seconds: number;
}

process.exitCode = await measure();

async function measure(): Promise<0 | 1> {
  const directory = await mkdtemp(
    join(process.env.BERTH_BENCH_DIRECTORY ?? tmpdir(), "berth-scan-"),
  );
  try {
    const archives = await buildArchives(directory);
    const { trivyCommand } = await openOracles();
    console.log("| CycloneDX of the same image | Berth | Trivy | times less | target |");
    console.log("|---|---|---|---|---|");
    let hasMissed = false;
    for (const [title, archive] of archives) {
      const cache = join(directory, "trivy");
      const offline = ["--skip-db-update", "--skip-java-db-update", "--offline-scan", "--quiet"];
      const format = ["--format", "cyclonedx"];
      const berth = [flags.berth, "sbom", archive, ...format];
      const trivy = [
        trivyCommand,
        "image",
        "--input",
        archive,
        "--cache-dir",
        cache,
        ...offline,
        ...format,
      ];
      const costs: { berth: Cost[]; trivy: Cost[] } = { berth: [], trivy: [] };
      for (let round = 0; round < Number(flags.rounds); round += 1) {
        costs.berth.push(await time(berth));
        await rm(cache, { recursive: true, force: true });
        costs.trivy.push(await time(trivy));
      }
      hasMissed = report(title, costs) || hasMissed;
    }
    const [[, archive] = ["", ""]] = archives;
    const looks = ["image", "--input", archive, "--scanners", "secret,config", "--quiet"];
    const offline = [
      "--skip-db-update",
      "--skip-policy-update",
      "--offline-scan",
      "--timeout",
      "30m",
    ];
    const caches = ["--cache-dir", join(directory, "trivy-flaws"), "--format", "json"];
    const peer = flags.quick ? undefined : [trivyCommand, ...looks, ...offline, ...caches];
    const small = { berth: flags.berth, directory };
    hasMissed = (await measureFindings(small)) || hasMissed;
    hasMissed = (await measureParts({ berth: flags.berth, peer, archive, directory })) || hasMissed;
    return hasMissed ? 1 : 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function report(title: string, costs: { berth: Cost[]; trivy: Cost[] }): boolean {
  const [berth, trivy] = [medianOf(costs.berth), medianOf(costs.trivy)];
  const isMet = berth.cpuSeconds <= TARGET_SECONDS;
  const say = ({ cpuSeconds, seconds }: Cost) =>
    `${cpuSeconds.toFixed(2)} s CPU (${seconds.toFixed(2)} s)`;
  const ratio = `**${(trivy.cpuSeconds / berth.cpuSeconds).toFixed(1)}x**`;
  const target = `<= ${TARGET_SECONDS.toFixed(1)} s CPU ${isMet ? "✓" : "✗"}`;
  console.log(`| ${[title, say(berth), say(trivy), ratio, target].join(" | ")} |`);
  return !isMet;
}

function medianOf(costs: readonly Cost[]): Cost {
  const sorted = costs.toSorted((one, other) => one.cpuSeconds - other.cpuSeconds);
  return sorted[Math.floor(sorted.length / 2)] ?? { cpuSeconds: Number.NaN, seconds: Number.NaN };
}

/** The shell counts what a command and its children took. */
async function time(words: readonly string[]): Promise<Cost> {
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

/** Debian's minimal packages and an application of npm in two layers: plain as old engines save them, and compressed. */
async function buildArchives(directory: string): Promise<readonly (readonly [string, string])[]> {
  const root = await readFile(await debianRoot("bookworm"));
  const app = await readFile(await buildApplication(directory));
  const layers = [root, app];
  const plain = join(directory, "plain");
  await mkdir(plain);
  const names = await Promise.all(
    layers.map(async (layer, index) => {
      await writeFile(join(plain, `${index}.tar`), layer);
      return `${index}.tar`;
    }),
  );
  const config = { os: "linux", architecture: "amd64", config: {} };
  const rootfs = { type: "layers", diff_ids: layers.map((layer) => digestOf(layer)) };
  const file = `${digestOf(Buffer.from(JSON.stringify({ ...config, rootfs }))).slice(7)}.json`;
  await writeFile(join(plain, file), JSON.stringify({ ...config, rootfs }));
  const manifest = (suffix: string) => [
    { Config: file, RepoTags: ["reference:1"], Layers: names.map((name) => name + suffix) },
  ];
  const pack = async (archive: string, suffix: string) => {
    await writeFile(join(plain, "manifest.json"), JSON.stringify(manifest(suffix)));
    const parts = ["manifest.json", file, ...names.map((name) => name + suffix)];
    await run("tar", ["-C", plain, "-cf", archive, ...parts], { timeoutMs: MINUTE });
    return archive;
  };
  const archives = { plain: join(directory, "plain.tar"), gzip: join(directory, "gzip.tar") };
  await pack(archives.plain, "");
  for (const name of names) await run("gzip", ["-6", join(plain, name)], { timeoutMs: 5 * MINUTE });
  await pack(archives.gzip, ".gz");
  const megabytes = Math.round((root.length + app.length) / 1e6);
  return [
    [`docker save, ${megabytes} MB, plain layers`, archives.plain],
    [`the same, layers in gzip`, archives.gzip],
  ];
}

async function buildApplication(directory: string): Promise<string> {
  const app = join(directory, "layer/srv/app");
  await mkdir(app, { recursive: true });
  await cp(sharedData("fixtures", "app-package-lock.json"), join(app, "package-lock.json"));
  const lock = JSON.parse(await readFile(join(app, "package-lock.json"), "utf8"));
  await writeFile(join(app, "package.json"), JSON.stringify(lock.packages[""]));
  const options = { cwd: app, env: plainEnvironment(), timeoutMs: 5 * MINUTE };
  await run("npm", ["ci", "--ignore-scripts"], options);
  const archive = join(directory, "app.tar");
  await run("tar", ["-C", join(directory, "layer"), "-cf", archive, "srv"], { timeoutMs: MINUTE });
  return archive;
}
