import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { armFailPoints } from "../../src/platform/fail-point.ts";
import { randomImage } from "../harness/artifacts.ts";
import { type Hub, startHub } from "../harness/hub.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";
import { findDamage } from "./store-check.ts";

const NO_GRACE = { "collection.grace": "0s", "collection.allowShortGrace": "true" };

const random = new Randomness();

afterEach(() => armFailPoints(undefined));

test("a blob collected between the check and the commit of a push leaves no dangling manifest", async () => {
  await using hub = await startHub({ settings: NO_GRACE });
  await using client = new RegistryClient(hub.url);
  const image = randomImage(random);
  for (const { bytes } of [image.config, ...image.layers]) await client.pushBlob("race/app", bytes);
  armFailPoints("manifest.before-transaction:delay=400");
  const pushing = client.putManifest("race/app", "v1", image.manifest);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await collect(hub);
  const { status } = await pushing;
  expect([201, 400]).toContain(status);
  if (status === 201) await client.assertPullable("race/app", "v1", image);
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
});

test("a blob that a manifest has named since it was queued stays", async () => {
  await using hub = await startHub({ settings: NO_GRACE });
  await using client = new RegistryClient(hub.url);
  const image = randomImage(random);
  await client.push("race/app", "v1", image);
  await collect(hub);
  await client.assertPullable("race/app", "v1", image);
});

test("a blob that another repository has stays when one repository gives it up", async () => {
  await using hub = await startHub({ settings: NO_GRACE });
  await using client = new RegistryClient(hub.url);
  const image = randomImage(random);
  await client.push("race/keeps", "v1", image);
  for (const { bytes } of image.layers) await client.pushBlob("race/gives-up", bytes);
  await collect(hub);
  await collect(hub);
  await client.assertPullable("race/keeps", "v1", image);
});

test("an image that is pushed again while it is being removed is whole afterwards", async () => {
  await using hub = await startHub({ settings: NO_GRACE });
  await using client = new RegistryClient(hub.url);
  const image = randomImage(random);
  for (const { bytes } of image.layers) await client.pushBlob("race/old", bytes);
  armFailPoints("collect.after-tombstone:delay=400");
  const collecting = collect(hub);
  await new Promise((resolve) => setTimeout(resolve, 150));
  await client.push("race/new", "v1", image);
  await collecting;
  await client.assertPullable("race/new", "v1", image);
});

test("a hub killed between the file and the row of a blob leaves no row that promises a file", async () => {
  await using home = await makeTempDirectory("tombstone");
  const dataDirectory = join(home.path, "data");
  const env = {
    BERTH_COLLECTION_GRACE: "0",
    BERTH_COLLECTION_ALLOW_SHORT_GRACE: "true",
    BERTH_COLLECTION_INTERVAL: "100ms",
  };
  {
    await using hub = await HubProcess.start({
      dataDirectory,
      env: { ...env, BERTH_FAIL_POINTS: "collect.after-unlink:kill" },
    });
    await using client = new RegistryClient(hub.url);
    await client.pushBlob("race/app", random.bytes(5000));
    expect(await hub.endsWithin(10_000)).toBe(true);
  }
  expect(await findDamage(dataDirectory)).toEqual([]);
});

test("a dry run says what would go and why, and removes nothing", async () => {
  await using hub = await startHub({ settings: NO_GRACE });
  await using client = new RegistryClient(hub.url);
  const digest = await client.pushBlob("race/app", random.bytes(5000));
  const events = [];
  const run = hub.registry.collector.run({ dryRun: true, signal: new AbortController().signal });
  for await (const event of run) events.push(event);
  expect(events).toContainEqual(
    expect.objectContaining({
      type: "item",
      kind: "link",
      repository: "race/app",
      digest,
      action: "would remove",
      why: "pushed, and no manifest of the repository has named it since",
    }),
  );
  expect((await client.headBlob("race/app", digest)).status).toBe(200);
});

test("nothing is removed from a directory of registry:2 that is not wholly taken over", async () => {
  await using hub = await startHub({ settings: NO_GRACE });
  await using client = new RegistryClient(hub.url);
  const digest = await client.pushBlob("race/app", random.bytes(5000));
  await mkdir(join(hub.dataDirectory, "docker/registry/v2/repositories"), { recursive: true });
  await expect(collect(hub)).rejects.toThrow("not wholly taken over");
  expect((await client.headBlob("race/app", digest)).status).toBe(200);
});

test("what belongs to a living manifest lives: children, and referrers of what is there", async () => {
  await using hub = await startHub({ settings: { ...NO_GRACE, "collection.untagged": "remove" } });
  await using client = new RegistryClient(hub.url);
  const image = randomImage(random);
  await client.push("race/app", "v1", image);
  const untagged = randomImage(random);
  await client.push("race/app", untagged.manifest.digest, untagged);
  await collect(hub);
  await client.assertPullable("race/app", "v1", image);
  expect((await client.getManifest("race/app", untagged.manifest.digest)).status).toBe(404);
});

async function collect(hub: Hub): Promise<void> {
  const signal = new AbortController().signal;
  for await (const event of hub.registry.collector.run({ dryRun: false, signal })) {
    if (event.type === "failure") throw new Error(event.message);
  }
}
