import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { imageScans } from "../../src/contract/scans.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import {
  AMD64,
  buildImage,
  content,
  descriptor,
  digestOf,
  type Image,
  json,
  OCI_MANIFEST,
} from "../harness/images.ts";
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

/** A layer as somebody hostile compressed it, with the digest that its image promises for what is in it. */
function imageOf(bytes: Buffer, diffId: string): Image {
  const layer = content("application/vnd.oci.image.layer.v1.tar+gzip", bytes);
  const config = json("application/vnd.oci.image.config.v1+json", {
    ...{ ...AMD64, config: {} },
    rootfs: { type: "layers", diff_ids: [diffId] },
  });
  const manifest = json(OCI_MANIFEST, {
    ...{ schemaVersion: 2, mediaType: OCI_MANIFEST },
    config: descriptor(config),
    layers: [descriptor(layer)],
  });
  return { manifest, config, layers: [layer], platform: AMD64 };
}

const NOWHERE = `sha256:${"0".repeat(64)}`;

/** A header of a file with another type or size than it has. */
function forgedHeader({ type, size }: { type: string; size: number }): Buffer {
  const header = Buffer.from(writeTar([{ name: "x", content: Buffer.alloc(0) }]).subarray(0, 512));
  header.write(`${size.toString(8).padStart(11, "0")}\u0000`, 124);
  header.write(type, 156);
  header.write(" ".repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148);
  return header;
}

/** Gigabytes of zeros from a few megabytes: members of gzip may be put one after the other. */
function zeros(): Buffer {
  const member = gzipSync(Buffer.alloc(16 * 1024 * 1024));
  const head = gzipSync(forgedHeader({ type: "0", size: 2 ** 32 }));
  return Buffer.concat([head, ...Array.from({ length: 64 }, () => member)]);
}

const LONG_NAME = Buffer.concat([
  forgedHeader({ type: "L", size: 16 * 1024 }),
  Buffer.alloc(16 * 1024, "a/"),
  writeTar([{ name: "x", content: Buffer.from("x") }]),
]);
const WHOLE = writeTar([
  { name: "var/lib/dpkg/status", content: Buffer.from(STATUS.repeat(200)), mode: 0o644 },
]);

/** By name of the repository: why its scan ends without a result. */
const HOSTILE: Readonly<Record<string, readonly [image: Image, reason: string]>> = {
  "acme/zeros": [
    imageOf(zeros(), NOWHERE),
    "the layer grows more by decompression than is allowed",
  ],
  "acme/name": [
    imageOf(gzipSync(LONG_NAME), NOWHERE),
    "the layer holds a path that is longer than is allowed",
  ],
  "acme/cut": [
    imageOf(gzipSync(WHOLE).subarray(0, 100), digestOf(WHOLE)),
    "the layer is not a whole archive",
  ],
  "acme/other": [
    imageOf(gzipSync(WHOLE), NOWHERE),
    "the layer is not the one that the image's configuration names",
  ],
};

test("S44: a hub answers while it looks into bombs, refuses each with its reason, and scans what comes after them", async () => {
  await using hub = await HubProcess.start({ env: ENV });
  await using client = new RegistryClient(hub.url, { user: ROOT });
  const stopped = new AbortController();
  const asked = askUntil(client, stopped.signal);
  try {
    for (const [name, [image]] of Object.entries(HOSTILE)) await client.push(name, "1", image);
    await client.push("acme/app", "1", buildImage({ layers: [WHOLE] }));
    await expect.poll(() => statesOf(hub.url, "acme/app"), WAIT).toEqual([["done", 1]]);
    for (const [name, [, reason]] of Object.entries(HOSTILE)) {
      const said = [expect.stringContaining(`failed: ${reason}`)];
      await expect.poll(() => failuresOf(hub.url, name), WAIT).toEqual(said);
    }
  } finally {
    stopped.abort();
  }
  const answers = await asked;
  expect(answers.length).toBeGreaterThan(20);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const slowest = answers.map(({ milliseconds }) => milliseconds).toSorted((a, b) => b - a);
  // Of any twenty at most one: on a busy machine one may wait for its turn.
  expect(slowest[Math.floor(slowest.length / 20)]).toBeLessThan(1_000);
}, 120_000);

async function askUntil(client: RegistryClient, signal: AbortSignal) {
  const answers: { status: number; milliseconds: number }[] = [];
  while (!signal.aborted) {
    const start = performance.now();
    const { status } = await client.send("GET", "/v2/");
    answers.push({ status, milliseconds: performance.now() - start });
    await sleep(5);
  }
  return answers;
}
