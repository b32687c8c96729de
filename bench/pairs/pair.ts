import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { freePort, startServerProcess } from "../peers/server-process.ts";
import { startMeter } from "../process-meter.ts";

/** Two hubs of one program that differ in what stands in them, asked the same in turns. */
export interface Pair {
  readonly names: readonly [string, string];
  /** Writes into the data directory of a hub that does not run; undefined leaves it as `prepare` made it. */
  readonly seeds: readonly [Seed | undefined, Seed | undefined];
  /** Of both. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What is done to a hub that runs, before it is asked. */
  readonly prepares?: readonly [Prepare | undefined, Prepare | undefined];
  readonly measured: readonly Measured[];
  /** The second may take so many times as long as the first. */
  readonly target: number;
}

export type Seed = (dataDirectory: string) => void;
export type Prepare = (hub: Hub) => Promise<void>;

export interface Measured {
  readonly title: string;
  readonly requests: number;
  /** The second hub answers 99 of 100 within this. */
  readonly p99Ms?: number;
  /** `index` is 0 for the first hub. */
  readonly ask: (hub: Hub, index: 0 | 1) => Promise<unknown>;
}

export interface Hub {
  readonly origin: string;
  readonly pool: Pool;
  readonly pid: number;
  /** Of the administrator. */
  readonly rootAuthorization: string;
  readonly authorization: string;
  readonly bearer: string;
}

export const ROOT = { name: "admin", password: "the first administrator" };
const CONFIG = "{}";
/** Requests to one hub before it is the other's turn. */
const TURN = 50;
/** Of a processor. */
const QUIET_SHARE = 0.1;
const QUIET_SECONDS = 3;
const QUIET_WITHIN_MS = 3_600_000;
export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

/** A person who is a contributor to `acme`, which has the image `acme/app:1`. */
export const ALICE = { name: "alice", password: "a long enough sentence" };

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    berth: { type: "string", default: join(import.meta.dirname, "../../bin/berth") },
  },
});

const berth = flags.berth;

/** Small numbers, for a look. */
export const isQuick = flags.quick;

export const rounds = Number(flags.rounds);

/** Prints the table; 1 when a target is missed, as an exit code. */
export async function measurePair(pair: Pair): Promise<0 | 1> {
  const directory = await mkdtemp(
    join(process.env.BERTH_BENCH_DIRECTORY ?? tmpdir(), "berth-pair-"),
  );
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const {
    names: [one, other],
    settings = {},
  } = pair;
  const hubs = [
    await startHub(resources, { directory: join(directory, "0"), seed: pair.seeds[0], settings }),
    await startHub(resources, { directory: join(directory, "1"), seed: pair.seeds[1], settings }),
  ] as const;
  for (const hub of hubs) await waitForQuiet(hub);
  for (const [index, hub] of hubs.entries()) await pair.prepares?.[index]?.(hub);
  console.log(`| one request after another | ${one} | ${other} | ratio of the medians | target |`);
  console.log("|---|---|---|---|---|");
  let hasMissed = false;
  for (const measured of pair.measured) {
    const row = judge(measured, await compare(measured, hubs), pair.target);
    hasMissed ||= !row.isMet;
    console.log(row.text);
  }
  return hasMissed ? 1 : 0;
}

function judge(
  measured: Measured,
  times: readonly [number[], number[]],
  target: number,
): { text: string; isMet: boolean } {
  const [one, other] = [median(times[0]), median(times[1])];
  const ratio = other / one;
  const p99 = quantile(times[1], 0.99);
  const isMet = ratio <= target && (measured.p99Ms === undefined || p99 <= measured.p99Ms);
  const bounds = measured.p99Ms === undefined ? "" : `, p99 <= ${measured.p99Ms} ms`;
  const cells = [
    measured.title,
    `${one.toFixed(2)} ms`,
    `${other.toFixed(2)} ms (p99 ${p99.toFixed(2)} ms)`,
    `**${ratio.toFixed(2)}x**`,
    `<= ${target}x${bounds} ${isMet ? "✓" : "✗"}`,
  ];
  return { text: `| ${cells.join(" | ")} |`, isMet };
}

/** The hub reads what was written past it: a million images within seconds, which no client can push. */
export async function waitForQuiet({ pid }: Hub): Promise<void> {
  const startedAt = performance.now();
  for (let quiet = 0; quiet < QUIET_SECONDS; ) {
    const meter = startMeter(pid);
    await delay(1000);
    quiet = meter.stop().cpuSeconds < QUIET_SHARE ? quiet + 1 : 0;
    if (performance.now() - startedAt > QUIET_WITHIN_MS) throw new Error("the hub stays busy");
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`The hub was quiet after ${seconds} s.`);
}

/** In short turns, so that the machine's moods fall on both; the first round is no part of the figures: programs warm up. */
async function compare(
  measured: Measured,
  hubs: readonly [Hub, Hub],
): Promise<readonly [number[], number[]]> {
  const times: [number[], number[]] = [[], []];
  const turns = Math.ceil(measured.requests / TURN);
  for (let turn = -turns; turn < turns * rounds; turn += 1) {
    for (const index of turn % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const taken = await takeTurn(measured, hubs[index], index);
      if (turn >= 0) times[index].push(...taken);
    }
  }
  return times;
}

async function takeTurn({ requests, ask }: Measured, hub: Hub, index: 0 | 1): Promise<number[]> {
  const taken: number[] = [];
  for (let n = 0; n < Math.min(TURN, requests); n += 1) {
    const startedAt = performance.now();
    await ask(hub, index);
    taken.push(performance.now() - startedAt);
  }
  return taken;
}

/** With one person, one organization and one image, and what the seed adds to that. */
export async function startHub(
  resources: AsyncDisposableStack,
  wish: {
    readonly directory: string;
    readonly seed: Seed | undefined;
    readonly settings?: Readonly<Record<string, string>>;
  },
): Promise<Hub> {
  const { directory, seed, settings } = wish;
  await mkdir(directory, { recursive: true });
  const data = join(directory, "data");
  const start = async () => {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const env = {
      BERTH_LISTEN: `127.0.0.1:${port}`,
      BERTH_DATA: data,
      BERTH_ACCESS_MODE: "accounts",
      BERTH_ADMIN_PASSWORD: ROOT.password,
      // The bench asks more often than people may.
      BERTH_LIMITS_HUB_API: "0",
      ...settings,
    };
    const command = { command: berth, args: ["serve"], env, directory, origin };
    return { origin, server: await startServerProcess(command) };
  };
  {
    const { origin, server } = await start();
    await using _server = server;
    await prepare(origin);
  }
  seed?.(data);
  const { origin, server } = await start();
  resources.use(server);
  const pool = new Pool(origin, { connections: 1 });
  resources.defer(() => pool.close());
  const authorization = basic(ALICE.name, ALICE.password);
  const { token } = (await json(
    await fetch(`${origin}/token?service=berth&scope=repository:acme/app:pull`, {
      headers: { authorization },
    }),
  )) as { token: string };
  const rootAuthorization = basic(ROOT.name, ROOT.password);
  return {
    origin,
    pool,
    pid: server.pid,
    rootAuthorization,
    authorization,
    bearer: `Bearer ${token}`,
  };
}

/** One person, one organization, one image. */
async function prepare(origin: string): Promise<void> {
  const headers = { authorization: basic(ROOT.name, ROOT.password) };
  const call = async (method: string, path: string, body?: unknown) =>
    await json(
      await fetch(`${origin}${path}`, {
        method,
        headers: { ...headers, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  await call("POST", "/api/v1/users", ALICE);
  await call("POST", "/api/v1/organizations", { name: "acme" });
  await call("PUT", "/api/v1/organizations/acme/members/alice", { role: "contributor" });
  const digest = `sha256:${createHash("sha256").update(CONFIG).digest("hex")}`;
  await json(
    await fetch(`${origin}/v2/acme/app/blobs/uploads/?digest=${digest}`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/octet-stream" },
      body: CONFIG,
    }),
  );
  const config = {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest,
    size: CONFIG.length,
  };
  await json(
    await fetch(`${origin}/v2/acme/app/manifests/1`, {
      method: "PUT",
      headers: { ...headers, "content-type": MANIFEST_TYPE },
      body: JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers: [] }),
    }),
  );
}

/** Asks, reads the answer to its end, and fails unless it is a success; its headers. */
export async function expectOk(hub: Hub, request: Parameters<Pool["request"]>[0]) {
  const { statusCode, headers, body } = await hub.pool.request(request);
  await body.dump();
  if (statusCode < 200 || statusCode > 299) {
    throw new Error(`${request.path} was answered with ${statusCode}`);
  }
  return headers;
}

async function json(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}
