import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Digest } from "../../src/oci/digest.ts";
import { openFilesystemStore } from "../../src/platform/blobs/index.ts";
import { randomImage } from "../harness/artifacts.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { digestOf } from "../harness/images.ts";
import { LoopDisk } from "../harness/loop-disk.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { Journal } from "./journal.ts";
import { Worker } from "./load.ts";
import { IS_SOAK, scaled } from "./scale.ts";
import { seeded } from "./seeded.ts";
import { findDamage } from "./store-check.ts";

const TYPES = IS_SOAK ? (["ext4", "xfs"] as const) : (["ext4"] as const);
const DISK_MEGABYTES = { ext4: 96, xfs: 320 };

test("a file that nobody synced does not survive the power cuts of these tests", async () => {
  await using disk = await LoopDisk.create({ megabytes: 32 });
  await writeFile(join(disk.path, "unsynced"), "not on disk yet");
  const after = await disk.cutPower();
  const path = join(after, "unsynced");
  expect(existsSync(path) ? await readFile(path, "utf8") : "").toBe("");
});

test("a blob survives a power cut in the moment after the store has taken it", async () => {
  const random = seeded();
  await using disk = await LoopDisk.create({ megabytes: 64 });
  const { blobs } = await openFilesystemStore(disk.path);
  await using _open = blobs;
  for (let round = 0; round < 3; round += 1) {
    const content = random.bytes(9000);
    const digest = digestOf(content) as Digest;
    await blobs.write(digest, content);
    const after = await disk.cutPower();
    const path = join(after, blobs.relativePath(digest));
    expect(existsSync(path) ? await readFile(path) : undefined).toEqual(content);
  }
});

test("a push survives a power cut in the moment after it was acknowledged", async () => {
  const random = seeded();
  await using disk = await LoopDisk.create({ megabytes: DISK_MEGABYTES.ext4 });
  await using hub = await startOn(join(disk.path, "data"));
  await using client = new RegistryClient(hub.url);
  for (let round = 0; round < scaled({ test: 3, soak: 20 }); round += 1) {
    const layer = random.bytes(5000);
    await client.pushBlob("power/app", layer);
    const afterBlob = await disk.cutPower(hub.pid);
    await expectAfterCut(afterBlob, async (survivor) => {
      expect((await survivor.headBlob("power/app", digestOf(layer))).status).toBe(200);
      expect((await survivor.getBlob("power/app", digestOf(layer))).body.equals(layer)).toBe(true);
    });
    const image = randomImage(random);
    await client.push("power/app", `t${round}`, image);
    const afterImage = await disk.cutPower(hub.pid);
    await expectAfterCut(afterImage, (survivor) =>
      survivor.assertPullable("power/app", `t${round}`, image),
    );
  }
});

test.each(TYPES)(
  "nothing acknowledged is lost when the power is cut under load (%s)",
  async (type) => {
    const random = seeded();
    await using disk = await LoopDisk.create({ megabytes: DISK_MEGABYTES[type], type });
    await using hub = await startOn(join(disk.path, "data"));
    const journal = new Journal();
    for (let cut = 0; cut < scaled({ test: 8, soak: 50 / TYPES.length }); cut += 1) {
      await using client = new RegistryClient(hub.url);
      const stop = new AbortController();
      const workers = [0, 1, 2].map(
        (index) => new Worker(`cut${cut}/w${index}`, { client, journal, random }),
      );
      const running = Promise.all(workers.map((worker) => worker.run(stop.signal)));
      await delay(100 + random.below(500));
      // What was promised before the copy began must be in it; what is promised during the copy may be.
      const promised = journal.snapshot();
      const after = await disk.cutPower(hub.pid);
      stop.abort();
      await running;
      promised.allow(journal);
      await expectAfterCut(after, (survivor) => promised.verify(survivor));
      await journal.verifyRecent(client);
    }
    expect(journal.size).toBeGreaterThan(10);
  },
);

function startOn(dataDirectory: string): Promise<HubProcess> {
  return HubProcess.start({ dataDirectory, env: { BERTH_STORAGE_RESERVE: "0" } });
}

async function expectAfterCut(
  folder: string,
  verify: (client: RegistryClient) => Promise<void>,
): Promise<void> {
  const dataDirectory = join(folder, "data");
  await using hub = await startOn(dataDirectory);
  await using client = new RegistryClient(hub.url);
  await verify(client);
  await hub.stop();
  expect(await findDamage(dataDirectory)).toEqual([]);
}
