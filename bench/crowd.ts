import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { type Crowd, seedCrowd } from "./crowd-seed.ts";
import { freePort, startServerProcess } from "./peers/server-process.ts";

/** The same hub, empty and with a crowd in it, side by side: how much slower are logins, tokens and manifests? */
const TARGET = 1.5;
const ROOT = { name: "admin", password: "the first administrator" };
const PASSWORD = "a long enough sentence";
const CONFIG = "{}";
const CROWD: Crowd = {
  accounts: 100_000,
  organizations: 1000,
  teamsPerOrganization: 10,
  rightsPerTeam: 100,
};
const QUICK: Crowd = { ...CROWD, accounts: 1000, organizations: 60 };

const { values: flags } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    berth: { type: "string", default: join(import.meta.dirname, "../bin/berth") },
  },
});

interface Measured {
  readonly title: string;
  readonly requests: number;
  readonly ask: (hub: Hub) => Promise<void>;
}

interface Hub {
  readonly pool: Pool;
  readonly authorization: string;
  readonly bearer: string;
}

let asked = 0;

const MEASURED: readonly Measured[] = [
  {
    title: "login with a password (`POST /v2/users/login`)",
    requests: 20,
    ask: (hub) =>
      expectOk(hub, {
        method: "POST",
        path: "/v2/users/login",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: "alice", password: PASSWORD }),
      }),
  },
  {
    // A name that nobody asked for before: what is remembered of rights is no help.
    title: "token to push (`GET /token`), rights looked up",
    requests: 300,
    ask: (hub) =>
      expectOk(hub, {
        method: "GET",
        path: `/token?service=berth&scope=repository:acme/new-${asked++}:pull,push`,
        headers: { authorization: hub.authorization },
      }),
  },
  {
    title: "private manifest by tag, with a token",
    requests: 2000,
    ask: (hub) =>
      expectOk(hub, {
        method: "GET",
        path: "/v2/acme/app/manifests/1",
        headers: { authorization: hub.bearer },
      }),
  },
];

process.exitCode = await main();

async function main(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "berth-crowd-"));
  try {
    return await measure(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function measure(directory: string): Promise<number> {
  await using resources = new AsyncDisposableStack();
  const empty = await startHub(resources, join(directory, "empty"), undefined);
  const crowded = await startHub(
    resources,
    join(directory, "crowded"),
    flags.quick ? QUICK : CROWD,
  );
  console.log("| median of one request after another | empty hub | crowded hub | ratio | target |");
  console.log("|---|---|---|---|---|");
  let hasMissed = false;
  for (const measured of MEASURED) {
    const [one, other] = await compare(measured, empty, crowded);
    const ratio = other / one;
    hasMissed ||= ratio > TARGET;
    const verdict = ratio > TARGET ? "✗" : "✓";
    console.log(
      `| ${measured.title} | ${one.toFixed(2)} ms | ${other.toFixed(2)} ms | **${ratio.toFixed(2)}x** | <= ${TARGET}x ${verdict} |`,
    );
  }
  return hasMissed ? 1 : 0;
}

/** In turns, so that the machine's moods fall on both. */
async function compare(
  measured: Measured,
  one: Hub,
  other: Hub,
): Promise<readonly [number, number]> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    for (const index of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const hub = index === 0 ? one : other;
      for (let n = 0; n < measured.requests; n += 1) {
        const startedAt = performance.now();
        await measured.ask(hub);
        times[index].push(performance.now() - startedAt);
      }
    }
  }
  return [median(times[0]), median(times[1])];
}

async function startHub(
  resources: AsyncDisposableStack,
  directory: string,
  crowd: Crowd | undefined,
): Promise<Hub> {
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
    };
    const command = { command: flags.berth, args: ["serve"], env, directory, origin };
    return { origin, server: await startServerProcess(command) };
  };
  {
    const { origin, server } = await start();
    await using _server = server;
    await prepare(origin);
  }
  if (crowd !== undefined) seedCrowd(data, crowd, "alice");
  const { origin, server } = await start();
  resources.use(server);
  const pool = new Pool(origin, { connections: 1 });
  resources.defer(() => pool.close());
  const authorization = basic("alice", PASSWORD);
  const { token } = (await json(
    await fetch(`${origin}/token?service=berth&scope=repository:acme/app:pull`, {
      headers: { authorization },
    }),
  )) as { token: string };
  return { pool, authorization, bearer: `Bearer ${token}` };
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
  await call("POST", "/api/v1/users", { name: "alice", password: PASSWORD });
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
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  await json(
    await fetch(`${origin}/v2/acme/app/manifests/1`, {
      method: "PUT",
      headers: { ...headers, "content-type": mediaType },
      body: JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }),
    }),
  );
}

async function expectOk(hub: Hub, request: Parameters<Pool["request"]>[0]): Promise<void> {
  const { statusCode, body } = await hub.pool.request(request);
  await body.dump();
  if (statusCode !== 200) throw new Error(`${request.path} was answered with ${statusCode}`);
}

async function json(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
