import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test } from "vitest";
import { armFailPoints } from "../../src/platform/fail-point.ts";
import { randomImage } from "../harness/artifacts.ts";
import { startHub } from "../harness/hub.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { digestOf } from "../harness/images.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { findDamage } from "./store-check.ts";

// What is written after the answer, or not at all when it is not needed: copies of manifests, rows of uploads.

const random = new Randomness();

afterEach(() => armFailPoints(undefined));

test("a manifest's copy that was due when the hub was killed is written by the next one", async () => {
  await using home = await makeTempDirectory("deferred");
  const dataDirectory = `${home.path}/data`;
  const image = randomImage(random);
  {
    await using hub = await HubProcess.start({ dataDirectory });
    await using client = new RegistryClient(hub.url);
    await client.push("late/app", "v1", image);
    await hub.stop("SIGKILL");
  }
  const copy = copyOf(dataDirectory, image.manifest.digest);
  await expect(stat(copy)).rejects.toThrow("ENOENT");
  await using hub = await HubProcess.start({ dataDirectory });
  await expect.poll(() => readFile(copy).catch(() => undefined), { timeout: 5000 }).toBeDefined();
  expect((await readFile(copy)).equals(image.manifest.bytes)).toBe(true);
  await hub.stop();
  expect(await findDamage(dataDirectory)).toEqual([]);
});

test("a copy that cannot be written holds up no other, and is written once it can be", async () => {
  await using hub = await startHub();
  await using client = new RegistryClient(hub.url);
  const images = [randomImage(random), randomImage(random), randomImage(random)];
  for (const [index, image] of images.entries()) await client.push("late/app", `v${index}`, image);
  const copies = images.map(({ manifest }) => copyOf(hub.dataDirectory, manifest.digest));

  armFailPoints("blob.write:throw@3");
  await expect(hub.registry.copies.writeAll()).rejects.toThrow();
  expect(await countFiles(copies)).toBe(2);
  expect(countDue(hub.dataDirectory)).toBe(1);
  armFailPoints(undefined);
  await hub.registry.copies.writeAll();

  expect(await countFiles(copies)).toBe(3);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("a manifest that was deleted before its copy was written leaves nothing behind", async () => {
  await using hub = await startHub({
    settings: { "collection.grace": "0s", "collection.allowShortGrace": "true" },
  });
  await using client = new RegistryClient(hub.url);
  const image = randomImage(random);
  await client.push("late/app", "v1", image);
  const path = `/v2/late/app/manifests/${image.manifest.digest}`;
  expect((await client.send("DELETE", path)).status).toBe(202);

  const removed = [];
  const signal = new AbortController().signal;
  for await (const event of hub.registry.collector.run({ dryRun: false, signal })) {
    if (event.type === "item" && event.action === "removed") removed.push(event.digest);
  }
  await hub.registry.copies.writeAll();

  expect(removed).toContain(image.manifest.digest);
  expect(await countFiles([copyOf(hub.dataDirectory, image.manifest.digest)])).toBe(0);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("an upload with bytes goes on after a kill, and one without after an orderly stop", async () => {
  await using home = await makeTempDirectory("deferred");
  const dataDirectory = `${home.path}/data`;
  const bytes = random.bytes(5000);
  const { withBytes, withoutAny } = await leaveUploads(dataDirectory, bytes, "SIGKILL");
  {
    await using hub = await HubProcess.start({ dataDirectory });
    await using client = new RegistryClient(hub.url);
    const rest = await client.patch(withBytes, bytes.subarray(2000));
    expect(rest.status).toBe(202);
    expect((await client.finishUpload(withBytes, digestOf(bytes))).status).toBe(201);
    const unknown = await client.finishUpload(withoutAny, digestOf(bytes), { body: bytes });
    expect(unknown.status).toBe(404);
    expect(unknown.body.toString()).toContain("BLOB_UPLOAD_UNKNOWN");
  }
  const kept = await leaveUploads(dataDirectory, bytes, "SIGTERM");
  await using hub = await HubProcess.start({ dataDirectory });
  await using client = new RegistryClient(hub.url);
  const answer = await client.finishUpload(kept.withoutAny, digestOf(bytes), { body: bytes });
  expect(answer.status).toBe(201);
});

/** Two uploads as they stand when the hub is stopped: one with its first 2,000 bytes, one that was only opened. */
async function leaveUploads(dataDirectory: string, bytes: Buffer, signal: NodeJS.Signals) {
  await using hub = await HubProcess.start({ dataDirectory });
  await using client = new RegistryClient(hub.url);
  const withBytes = await client.startUpload("late/app");
  expect((await client.patch(withBytes, bytes.subarray(0, 2000))).status).toBe(202);
  const withoutAny = await client.startUpload("late/app");
  await hub.stop(signal);
  return { withBytes: pathOf(withBytes), withoutAny: pathOf(withoutAny) };
}

/** Where the next hub, on another port, has it. */
function pathOf(location: string): string {
  const { pathname, search } = new URL(location, "http://hub");
  return pathname + search;
}

function copyOf(dataDirectory: string, digest: string): string {
  const hex = digest.replace("sha256:", "");
  return join(dataDirectory, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
}

function countDue(dataDirectory: string): number {
  using database = new DatabaseSync(join(dataDirectory, "berth.db"), { readOnly: true });
  const row = database.prepare("select count(*) as due from blobs where state = 'due'").get();
  return Number(row?.due);
}

async function countFiles(paths: readonly string[]): Promise<number> {
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return found.filter((facts) => facts !== undefined).length;
}
