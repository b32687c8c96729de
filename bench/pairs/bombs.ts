import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageScans } from "../../src/contract/scans.ts";
import { HARMLESS, makeBomb } from "../../test/harness/hostile-layers.ts";
import { buildImage } from "../../test/harness/images.ts";
import { RegistryClient } from "../../test/harness/registry-client.ts";
import { expectOk, type Hub, isQuick, median, quantile, ROOT, rounds, startHub } from "./pair.ts";

/** Pulls from one hub, while it rests and while it looks into bombs, in turns. */
const TARGET = 1.5;
const BOMBS = isQuick ? 2 : 8;
const NAME = "acme/app";

process.exitCode = await measure();

async function measure(): Promise<0 | 1> {
  const directory = await mkdtemp(
    join(process.env.BERTH_BENCH_DIRECTORY ?? tmpdir(), "berth-bombs-"),
  );
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const settings = { BERTH_SCANNING_ENABLED: "true" };
  const hub = await startHub(resources, { directory, seed: undefined, settings });
  const client = resources.use(new RegistryClient(hub.origin, { user: ROOT }));
  const image = buildImage({ layers: [HARMLESS] });
  await client.push(NAME, "1", image);
  const paths = {
    "a tag's manifest": `/v2/${NAME}/manifests/1`,
    "a layer": `/v2/${NAME}/blobs/${image.layers[0]?.digest}`,
  };
  await isOver(hub, NAME);
  const times = new Map(
    Object.keys(paths).map((title) => [title, [[], []] as [number[], number[]]]),
  );
  for (let round = 0; round < rounds; round += 1) {
    const last = await pushBombs(client, round);
    const pulls = await pull(hub, { paths, times, index: 1 }, (count) =>
      count % 50 === 0 ? isScanned(hub, last) : Promise.resolve(false),
    );
    await pull(hub, { paths, times, index: 0 }, (count) => Promise.resolve(count >= pulls));
  }
  console.log(
    "| one request after another | at rest | looking into bombs | ratio of the medians | target |",
  );
  console.log("|---|---|---|---|---|");
  return [...times].map(([title, both]) => report(title, both)).every(Boolean) ? 0 : 1;
}

/** The one that is looked into last. */
async function pushBombs(client: RegistryClient, round: number): Promise<string> {
  const numbers = Array.from({ length: BOMBS }, (_, at) => round * BOMBS + at);
  for (const number of numbers) await client.push(`acme/bomb-${number}`, "1", makeBomb(number));
  return `acme/bomb-${numbers.at(-1)}`;
}

async function pull(
  hub: Hub,
  {
    paths,
    times,
    index,
  }: {
    readonly paths: Readonly<Record<string, string>>;
    readonly times: ReadonlyMap<string, [number[], number[]]>;
    readonly index: 0 | 1;
  },
  isEnough: (count: number) => Promise<boolean>,
): Promise<number> {
  const headers = { authorization: hub.bearer };
  let count = 0;
  do {
    for (const [title, path] of Object.entries(paths)) {
      const startedAt = performance.now();
      await expectOk(hub, { method: "GET", path, headers });
      times.get(title)?.[index].push(performance.now() - startedAt);
    }
    count += 1;
  } while (!(await isEnough(count)));
  return count;
}

async function isOver(hub: Hub, name: string): Promise<void> {
  while (!(await isScanned(hub, name))) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function isScanned(hub: Hub, name: string): Promise<boolean> {
  const headers = { authorization: hub.rootAuthorization };
  const path = `/api/v1/scans/${name}?reference=1`;
  const { body } = await hub.pool.request({ method: "GET", path, headers });
  const { scans } = imageScans.parse(await body.json());
  return scans.every(({ state }) => state !== "waiting");
}

function report(title: string, [rest, bombs]: readonly [number[], number[]]): boolean {
  const ratio = median(bombs) / median(rest);
  const say = (values: readonly number[]) =>
    `${median(values).toFixed(2)} ms (p99 ${quantile(values, 0.99).toFixed(2)} ms, ${values.length})`;
  const isMet = ratio <= TARGET;
  const target = `<= ${TARGET}x ${isMet ? "✓" : "✗"}`;
  console.log(
    `| ${[title, say(rest), say(bombs), `**${ratio.toFixed(2)}x**`, target].join(" | ")} |`,
  );
  return isMet;
}
