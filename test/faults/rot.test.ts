import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { type Hub, startHub } from "../harness/hub.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";

const random = new Randomness();

test("a blob with one flipped byte is never served as good, and a re-push heals it", async () => {
  await using hub = await startHub();
  await using client = new RegistryClient(hub.url);
  const layer = random.bytes(300_000);
  const digest = await client.pushBlob("rot/app", layer);
  await flipByte(hub, digest);
  await expectNotServed(client, digest);
  expect((await client.headBlob("rot/app", digest)).status).toBe(404);
  await client.pushBlob("rot/app", layer, digest);
  expect((await client.getBlob("rot/app", digest)).body.equals(layer)).toBe(true);
});

test("a part of a rotten blob is not served either", async () => {
  await using hub = await startHub();
  await using client = new RegistryClient(hub.url);
  const digest = await client.pushBlob("rot/app", random.bytes(300_000));
  await flipByte(hub, digest);
  const answer = await client.getBlob("rot/app", digest, { range: "bytes=200000-200099" });
  expect(answer.status).toBe(404);
});

test("a truncated blob is refused, not sent short", async () => {
  await using hub = await startHub();
  await using client = new RegistryClient(hub.url);
  const digest = await client.pushBlob("rot/app", random.bytes(50_000));
  await using file = await open(pathOf(hub, digest), "r+");
  await file.truncate(20_000);
  expect((await client.getBlob("rot/app", digest)).status).toBe(404);
});

test("the scrubber finds a flipped byte that nobody pulled, and a re-push heals it", async () => {
  await using hub = await startHub();
  await using client = new RegistryClient(hub.url);
  const layer = random.bytes(40_000);
  const digest = await client.pushBlob("rot/app", layer);
  await client.pushBlob("rot/app", random.bytes(1000));
  await flipByte(hub, digest);
  const items = await scrub(hub);
  expect(items).toMatchObject([{ digest, finding: "rotten" }]);
  expect((await client.headBlob("rot/app", digest)).status).toBe(404);
  await client.pushBlob("rot/app", layer, digest);
  expect((await client.getBlob("rot/app", digest)).body.equals(layer)).toBe(true);
  expect(await scrub(hub)).toEqual([]);
});

test("the scrubber writes a manifest's rotten copy anew, and the manifest stays", async () => {
  await using hub = await startHub();
  await using client = new RegistryClient(hub.url);
  const image = randomImage(random);
  await client.push("rot/app", "v1", image);
  await hub.registry.copies.writeAll();
  await flipByte(hub, image.manifest.digest);
  expect(await scrub(hub)).toMatchObject([{ digest: image.manifest.digest }]);
  await client.assertPullable("rot/app", "v1", image);
  expect(await scrub(hub)).toEqual([]);
});

async function expectNotServed(client: RegistryClient, digest: string): Promise<void> {
  const outcome = await client.getBlob("rot/app", digest).then(
    (answer) => answer.status,
    () => "broken off" as const,
  );
  expect(["broken off", 404]).toContain(outcome);
}

async function scrub(hub: Hub) {
  const items = [];
  const signal = new AbortController().signal;
  const round = hub.registry.scrubber.run({ bytesPerSecond: 1e9, resumes: false, signal });
  for await (const event of round) if (event.type === "item") items.push(event);
  return items;
}

async function flipByte(hub: Hub, digest: string): Promise<void> {
  await using file = await open(pathOf(hub, digest), "r+");
  const { size } = await file.stat();
  const byte = Buffer.alloc(1);
  const position = Math.floor(size / 2);
  await file.read(byte, 0, 1, position);
  byte.writeUInt8(byte.readUInt8(0) ^ 1);
  await file.write(byte, 0, 1, position);
}

function pathOf(hub: Hub, digest: string): string {
  const [algorithm = "", hex = ""] = digest.split(":");
  return join(
    hub.dataDirectory,
    "docker/registry/v2/blobs",
    algorithm,
    hex.slice(0, 2),
    hex,
    "data",
  );
}
