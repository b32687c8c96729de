import { expectOk, type Hub, isQuick, type Measured, measurePair } from "./pair.ts";
import {
  LARGEST,
  organizationName,
  repositoryName,
  type Stock,
  seedStock,
  tagName,
} from "./stock-seed.ts";

/** A hub of ten thousand images beside one of fifteen million: how much slower are look-ups, pages and pushes? */
const SMALL: Stock = { repositories: 100, imagesPerRepository: 90, largest: 1000 };
const LARGE: Stock = isQuick
  ? { repositories: 2000, imagesPerRepository: 100, largest: 100_000 }
  : { repositories: 140_000, imagesPerRepository: 100, largest: 1_000_000, isInOrder: true };
const STOCKS = [SMALL, LARGE] as const;
const PAGE = 100;
const P99_MS = 50;
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

let pushed = 0;
let seed = 20_261_128;

const MEASURED: readonly Measured[] = [
  {
    // Another image every time: what was read before is no help.
    title: "a manifest by tag, of any repository",
    requests: 1000,
    ask: (hub, index) =>
      get(
        hub,
        `/v2/${anyRepository(index)}/manifests/${tagName(below(STOCKS[index].imagesPerRepository))}`,
      ),
  },
  {
    title: "a manifest by tag, of the largest repository",
    requests: 1000,
    ask: (hub, index) => get(hub, `/v2/${LARGEST}/manifests/${anyTag(index)}`),
  },
  {
    title: "a page of 100 tags by key, of the largest repository",
    requests: 300,
    p99Ms: P99_MS,
    ask: (hub, index) => get(hub, `/v2/${LARGEST}/tags/list?n=${PAGE}&last=${anyTag(index)}`),
  },
  {
    title: "the newest 100 tags of the largest repository (Docker Hub's API)",
    requests: 100,
    p99Ms: P99_MS,
    ask: (hub) => get(hub, `/v2/repositories/${LARGEST}/tags?page_size=${PAGE}`),
  },
  {
    title: "one tag of the largest repository (Docker Hub's API)",
    requests: 300,
    ask: (hub, index) => get(hub, `/v2/repositories/${LARGEST}/tags/${anyTag(index)}`),
  },
  {
    title: "a page of 100 repositories of an organization (Docker Hub's API)",
    requests: 100,
    ask: (hub, index) =>
      get(
        hub,
        `/v2/namespaces/${organizationName(below(STOCKS[index].repositories))}/repositories?page_size=${PAGE}`,
      ),
  },
  {
    title: "a push of a manifest under a new tag",
    requests: 100,
    ask: (hub) => pushManifest(hub),
  },
];

process.exitCode = await measurePair({
  names: STOCKS.map(
    ({ repositories, imagesPerRepository, largest }) =>
      `${(repositories * imagesPerRepository + largest).toLocaleString("en")} images`,
  ) as [string, string],
  seeds: [(data) => seedStock(data, SMALL), (data) => seedStock(data, LARGE)],
  // What was seeded would be scanned meanwhile, and there are no bytes to scan.
  settings: { BERTH_SCANNING_ENABLED: "false" },
  measured: MEASURED,
  target: 1.5,
});

function get(hub: Hub, path: string): Promise<unknown> {
  return expectOk(hub, {
    method: "GET",
    path,
    headers: { accept: `${MANIFEST_TYPE}, application/json` },
  });
}

/** The same manifest over and over would be one row; its annotation makes each another. */
async function pushManifest(hub: Hub): Promise<void> {
  const response = await hub.pool.request({
    method: "GET",
    path: "/v2/acme/app/manifests/1",
    // A token would have run out by the time that so many images take.
    headers: { authorization: hub.authorization, accept: MANIFEST_TYPE },
  });
  const manifest = (await response.body.json()) as object;
  const tag = `pushed-${pushed++}`;
  await expectOk(hub, {
    method: "PUT",
    path: `/v2/acme/app/manifests/${tag}`,
    headers: { authorization: hub.authorization, "content-type": MANIFEST_TYPE },
    body: JSON.stringify({ ...manifest, annotations: { tag } }),
  });
}

function anyRepository(index: 0 | 1): string {
  return repositoryName(below(STOCKS[index].repositories));
}

function anyTag(index: 0 | 1): string {
  return tagName(below(STOCKS[index].largest));
}

/** Numbers that are the same in every run: a linear congruential generator, its high bits. */
function below(bound: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((seed / 2 ** 32) * bound);
}
