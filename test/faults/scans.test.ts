import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { imageScans } from "../../src/contract/scans.ts";
import { buildArtifact } from "../harness/artifacts.ts";
import { HARMLESS, HOSTILE } from "../harness/hostile-layers.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { buildImage, content, descriptor, type Image } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const ENV = {
  BERTH_ACCESS_MODE: "accounts",
  BERTH_ADMIN_PASSWORD: ROOT.password,
  BERTH_SCANNING_ENABLED: "true",
};
const WAIT = { timeout: 30_000, interval: 100 };
const STATUS = "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2-1\n";

async function statesOf(url: string, name: string) {
  const { body } = await done(callerOf(url, ROOT)(`GET /api/v1/scans/${name}?reference=1`));
  return imageScans.parse(body).scans.map(({ state, report }) => [state, report?.packages]);
}

async function failuresOf(url: string, name: string) {
  const { body } = await done(callerOf(url, ROOT)(`GET /api/v1/scans/${name}?reference=1`));
  return imageScans.parse(body).scans.map(({ state, reason }) => `${state}: ${reason}`);
}

test("a hub that is killed in the middle of a scan scans the image after its start, and forgets it with the image", async () => {
  await using home = await makeTempDirectory("scans");
  const dataDirectory = `${home.path}/data`;
  const name = "acme/app";
  const file = { name: "var/lib/dpkg/status", content: Buffer.from(STATUS), mode: 0o644 };
  const image = buildImage({ layers: [writeTar([file])] });
  {
    const env = { ...ENV, BERTH_FAIL_POINTS: "scan.before-commit:kill" };
    await using hub = await HubProcess.start({ dataDirectory, env });
    await using client = new RegistryClient(hub.url, { user: ROOT });
    await client.push(name, "1", image);
    expect(await hub.endsWithin(20_000)).toBe(true);
    await hub.stop("SIGKILL");
  }
  {
    // Whoever had it is known to be gone: nobody else has this data directory.
    await using hub = await HubProcess.start({ dataDirectory, env: ENV });
    await expect.poll(() => statesOf(hub.url, name), WAIT).toEqual([["done", 1]]);
    await using client = new RegistryClient(hub.url, { user: ROOT });
    const { status } = await client.send(
      "DELETE",
      `/v2/${name}/manifests/${image.manifest.digest}`,
    );
    expect(status).toBe(202);
    await hub.stop();
  }
  await using hub = await HubProcess.start({ dataDirectory, env: ENV });
  using database = new DatabaseSync(`${hub.dataDirectory}/berth.db`, { readOnly: true });
  const count = database.prepare("select count(*) as scans from scans");
  await expect.poll(() => count.get(), WAIT).toEqual({ scans: 0 });
}, 120_000);

const VEX_TYPE = "application/vnd.openvex+json";

/** Says that a vulnerability is none of the image's. */
function claimOf({ manifest }: Image, vulnerability: string): Image {
  const claim = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    ...{ "@id": vulnerability, author: "a", timestamp: "2026-01-01T00:00:00Z", version: 1 },
    statements: [
      { vulnerability: { name: vulnerability }, products: [{ "@id": "it" }], status: "fixed" },
    ],
  };
  return buildArtifact({
    artifactType: VEX_TYPE,
    subject: descriptor(manifest),
    layers: [content(VEX_TYPE, Buffer.from(JSON.stringify(claim)))],
  });
}

test("a hub that is killed at bills of materials and VEX attaches each once, and gives up what it died of five times", async () => {
  await using home = await makeTempDirectory("documents");
  const dataDirectory = `${home.path}/data`;
  const name = "acme/app";
  const image = buildImage({ layers: [HARMLESS] });
  const { digest } = image.manifest;
  const start = (points = "") => {
    const more = { BERTH_SCANNING_ATTACH_SBOMS: "spdx", BERTH_FAIL_POINTS: points };
    return HubProcess.start({ dataDirectory, env: { ...ENV, ...more } });
  };
  const select = (sql: string) => {
    using database = new DatabaseSync(`${dataDirectory}/berth.db`, { readOnly: true });
    return database
      .prepare(sql)
      .all()
      .map((row) => Object.values(row)[0]);
  };
  const push = async (hub: HubProcess, reference: string, what: Image) => {
    await using client = new RegistryClient(hub.url, { user: ROOT });
    await client.push(name, reference, what).catch(() => undefined);
  };
  {
    await using hub = await start("scan.before-bill-removed:kill");
    await push(hub, "1", image);
    expect(await hub.endsWithin(20_000)).toBe(true);
    await hub.stop("SIGKILL");
    expect(select("select manifest_id from bills_due")).toHaveLength(1);
  }
  {
    await using hub = await start("vex.before-reading:kill");
    const left = "select manifest_id from bills_due";
    await expect.poll(() => select(left), WAIT).toEqual([]);
    expect(select(`select count(*) from manifests where subject = '${digest}'`)).toEqual([1]);
    const first = claimOf(image, "CVE-2026-1");
    await push(hub, first.manifest.digest, first);
    expect(await hub.endsWithin(20_000)).toBe(true);
    await hub.stop("SIGKILL");
  }
  const attempts = "scan_positions where name = 'claims.attempt'";
  expect(select(`select position from ${attempts}`)).toEqual([1]);
  {
    // As four more starts leave it.
    using database = new DatabaseSync(`${dataDirectory}/berth.db`);
    database.exec("update scan_positions set position = 5 where name = 'claims.attempt'");
  }
  await using hub = await start();
  const second = claimOf(image, "CVE-2026-2");
  await push(hub, second.manifest.digest, second);
  const claims = "select distinct vulnerability from vex_claims";
  await expect.poll(() => select(claims), WAIT).toEqual(["CVE-2026-2"]);
}, 120_000);

test("S44: a hub hands out images while it looks into bombs, refuses each with its reason, and scans what comes after them", async () => {
  await using hub = await HubProcess.start({ env: ENV });
  await using client = new RegistryClient(hub.url, { user: ROOT });
  const pulled = buildImage({ layers: [HARMLESS] });
  await client.push("acme/pulled", "1", pulled);
  const stopped = new AbortController();
  const pulls = pullUntil(client, pulled, stopped.signal);
  try {
    for (const [name, [image]] of Object.entries(HOSTILE))
      await client.push(`acme/${name}`, "1", image);
    await client.push("acme/app", "1", buildImage({ layers: [HARMLESS, writeTar([])] }));
    await expect.poll(() => statesOf(hub.url, "acme/app"), WAIT).toEqual([["done", 1]]);
    for (const [name, [, reason]] of Object.entries(HOSTILE)) {
      const said = [expect.stringContaining(`failed: ${reason}`)];
      await expect.poll(() => failuresOf(hub.url, `acme/${name}`), WAIT).toEqual(said);
    }
  } finally {
    stopped.abort();
  }
  // How long they took is measured by `npm run bench -- --only bombs`.
  const statuses = await pulls;
  expect(statuses.length).toBeGreaterThan(20);
  expect(new Set(statuses)).toEqual(new Set([200]));
}, 120_000);

/** Pulls the image again and again; the statuses of all answers. */
async function pullUntil(client: RegistryClient, image: Image, signal: AbortSignal) {
  const statuses: number[] = [];
  const paths = ["manifests/1", ...image.layers.map(({ digest }) => `blobs/${digest}`)];
  while (!signal.aborted) {
    for (const path of paths)
      statuses.push((await client.send("GET", `/v2/acme/pulled/${path}`)).status);
    await sleep(5);
  }
  return statuses;
}
