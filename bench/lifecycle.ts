import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Hub, isQuick, startHub } from "./pairs/pair.ts";
import { LARGEST, repositoryName, seedStock } from "./pairs/stock-seed.ts";
import { startMeter } from "./process-meter.ts";

/** What policies of retention cost: a simulation of one large repository, and runs of the schedule over many. */
const LARGE = isQuick ? 20_000 : 100_000;
const REPOSITORIES = isQuick ? 200 : 1000;
const TAGS = 100;
const CHANGED = 10;

const SIMULATION_MS = (5000 * LARGE) / 100_000;
/** For whatever size: a bit for each manifest and blob, a page of tags, and what the engine has not collected yet. */
const GROWTH_MIB = 64;
const INTERVAL = "10s";
const RETENTION = "/api/v1/retention";
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
/** Nearly everything goes, and what that frees is counted; one tag in ten goes by its name; nothing goes. */
const POLICIES = ["keep n: 5", 'delete --match "*7" --older-than 7d', 'keep --match "v*"'] as const;

interface Run {
  readonly id: number;
  readonly state: string;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly repositories: number;
  readonly unchanged: number;
  readonly examined: number;
  readonly removed: number;
}

let hasMissed = false;
process.exitCode = await main();

async function main(): Promise<0 | 1> {
  const directory = await mkdtemp(
    join(process.env.BERTH_BENCH_DIRECTORY ?? tmpdir(), "berth-lifecycle-"),
  );
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const stock = { repositories: REPOSITORIES, imagesPerRepository: TAGS, largest: LARGE };
  const hub = await startHub(resources, {
    directory,
    seed: (data) => seedStock(data, stock),
    // What was seeded would be scanned meanwhile, and there are no bytes to scan.
    settings: { BERTH_RETENTION_INTERVAL: INTERVAL, BERTH_SCANNING_ENABLED: "false" },
  });
  await measureSimulations(hub);
  await measureRuns(hub);
  return hasMissed ? 1 : 0;
}

async function measureSimulations(hub: Hub): Promise<void> {
  console.log("| simulation | tags | removed | time | processor | memory grew by | target |");
  console.log("|---|---|---|---|---|---|---|");
  const large = { kind: "repository", name: LARGEST };
  const small = { kind: "namespace", name: "stock-0" };
  // What the engine compiles and the database caches is there afterwards.
  for (const policy of POLICIES) await simulate(hub, { scope: small, policy });
  for (const policy of POLICIES) {
    const before = startMeter(hub.pid).stop().peakMemoryMib;
    const meter = startMeter(hub.pid);
    const startedAt = performance.now();
    const report = await simulate(hub, { scope: large, policy });
    const milliseconds = performance.now() - startedAt;
    const { cpuSeconds, peakMemoryMib } = meter.stop();
    const growth = Math.max(peakMemoryMib - before, 0);
    const isMet = milliseconds <= SIMULATION_MS && growth <= GROWTH_MIB;
    print(isMet, [
      `\`${policy}\``,
      report.examined.toLocaleString("en"),
      report.removed.toLocaleString("en"),
      `**${(milliseconds / 1000).toFixed(2)} s**`,
      `${cpuSeconds.toFixed(2)} s`,
      `${growth.toFixed(0)} MiB`,
      `<= ${SIMULATION_MS / 1000} s, <= ${GROWTH_MIB} MiB`,
    ]);
  }
}

async function measureRuns(hub: Hub): Promise<void> {
  const policy = `keep n: ${TAGS}`;
  // Without the large repository: many are what is asked about.
  const scope = { kind: "hub", pattern: "stock-*/**" };
  const { simulation } = await simulate(hub, { scope, policy });
  const body = { policy, simulation, pattern: scope.pattern };
  await call(hub, `PUT ${RETENTION}/hub`, { body });
  console.log();
  console.log(
    "| run of the schedule | repositories | looked at | tags | removed | time | target |",
  );
  console.log("|---|---|---|---|---|---|---|");
  const first = await waitForRun(hub, 0);
  tell("the first", first, true);
  const second = await waitForRun(hub, first.id);
  tell("nothing changed", second, second.unchanged === REPOSITORIES);
  for (let n = 0; n < CHANGED; n += 1) await pushNewest(hub, repositoryName(n * 7));
  const last = await waitForRun(hub, second.id, (run) => run.removed > 0);
  tell(`${CHANGED} pushes since`, last, last.examined <= CHANGED * (TAGS + 1));
}

function tell(title: string, run: Run, isMet: boolean): void {
  const milliseconds = Date.parse(run.finishedAt ?? "") - Date.parse(run.startedAt);
  print(isMet, [
    title,
    run.repositories.toLocaleString("en"),
    (run.repositories - run.unchanged).toLocaleString("en"),
    run.examined.toLocaleString("en"),
    run.removed.toLocaleString("en"),
    `**${milliseconds.toLocaleString("en")} ms**`,
    title === "the first" ? "all of them" : "what changed alone",
  ]);
}

function print(isMet: boolean, cells: readonly string[]): void {
  hasMissed ||= !isMet;
  console.log(`| ${cells.join(" | ")} ${isMet ? "✓" : "✗"} |`);
}

/** The next run that is over. */
async function waitForRun(
  hub: Hub,
  after: number,
  isMeant: (run: Run) => boolean = () => true,
): Promise<Run> {
  for (;;) {
    const { items } = (await call(hub, `GET ${RETENTION}/runs?kind=hub`)) as { items: Run[] };
    const found = items.findLast((run) => run.id > after && run.state === "done" && isMeant(run));
    if (found !== undefined) return found;
    await sleep(200);
  }
}

async function simulate(hub: Hub, body: unknown) {
  const answer = (await call(hub, `POST ${RETENTION}/simulations`, {
    body: { ...(body as object), show: "report" },
  })) as string;
  const last = answer.trim().split("\n").at(-1) ?? "";
  return JSON.parse(last) as { simulation: string; examined: number; removed: number };
}

async function pushNewest(hub: Hub, name: string): Promise<void> {
  const known = await call(hub, "GET /v2/acme/app/manifests/1", { type: MANIFEST_TYPE });
  const { digest } = (known as { config: { digest: string } }).config;
  await call(hub, `POST /v2/${name}/blobs/uploads/?mount=${digest}&from=acme/app`);
  const body = { ...(known as object), annotations: { name } };
  await call(hub, `PUT /v2/${name}/manifests/newest`, { body, type: MANIFEST_TYPE });
}

/** Throws unless it is a success. */
async function call(
  hub: Hub,
  line: string,
  { body, type = "application/json" }: { readonly body?: unknown; readonly type?: string } = {},
): Promise<unknown> {
  const [method, path = ""] = line.split(" ") as ["GET" | "POST" | "PUT", string];
  const answer = await hub.pool.request({
    method,
    path,
    headers: {
      authorization: hub.rootAuthorization,
      accept: type,
      ...(body !== undefined && { "content-type": type }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const text = await answer.body.text();
  if (answer.statusCode > 299) throw new Error(`${line}: ${answer.statusCode} ${text}`);
  const isStream = String(answer.headers["content-type"]).includes("ndjson");
  return text === "" || isStream ? text : JSON.parse(text);
}
