import { join } from "node:path";
import { expect, test } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { HubProcess } from "../harness/hub-process.ts";
import type { Randomness } from "../harness/randomness.ts";
import { RegistryClient, UnexpectedAnswer } from "../harness/registry-client.ts";
import { SmallDisk } from "../harness/small-disk.ts";
import { IS_SOAK } from "./scale.ts";
import { seeded } from "./seeded.ts";
import { findDamage } from "./store-check.ts";

const MEBIBYTE = 1024 * 1024;
const STEPS = IS_SOAK
  ? Array.from({ length: 512 }, (_, step) => step * 4096)
  : Array.from({ length: 24 }, (_, step) => Math.floor((step * 2 * MEBIBYTE) / 23));

test("a disk that is full anywhere in a push damages nothing, and the push succeeds once there is room", async () => {
  const random = seeded();
  await using disk = await SmallDisk.create(48);
  const dataDirectory = join(disk.path, "data");
  await using hub = await HubProcess.start({ dataDirectory, env: { BERTH_STORAGE_RESERVE: "0" } });
  await using client = new RegistryClient(hub.url);
  const kept = randomImage(random, [20_000]);
  await client.push("full/kept", "v1", kept);
  for (const free of STEPS) {
    await disk.fillUpTo(free);
    const image = randomImage(random, [300_000, 60_000]);
    await expectPushedOrRefused(client, image);
    await client.assertPullable("full/kept", "v1", kept);
    await disk.makeRoom();
    await client.push("full/app", "again", image);
    await client.assertPullable("full/app", "again", image);
    await client.delete(`/v2/full/app/manifests/${image.manifest.digest}`);
  }
  await hub.stop();
  expect(await findDamage(dataDirectory)).toEqual([]);
});

test("with its reserve the hub refuses pushes early, and pulls and deletes go on when the disk is full to the last byte", async () => {
  const random = seeded();
  await using disk = await SmallDisk.create(96);
  const dataDirectory = join(disk.path, "data");
  await using hub = await HubProcess.start({
    dataDirectory,
    env: { BERTH_STORAGE_RESERVE: "16MiB" },
  });
  await using client = new RegistryClient(hub.url);
  const images = Array.from({ length: 12 }, () => randomImage(random, [5000]));
  for (const [index, image] of images.entries()) await client.push("full/app", `t${index}`, image);
  await disk.fillUpTo(0);
  await expect.poll(() => statusOfPush(client, random)).toBe(507);
  for (const [index, image] of images.entries()) {
    await client.assertPullable("full/app", `t${index}`, image);
    const answer = await client.delete(`/v2/full/app/manifests/${image.manifest.digest}`);
    expect(answer.status, answer.body.toString()).toBe(202);
  }
  expect((await client.getManifest("full/app", "t0")).status).toBe(404);
  await disk.makeRoom();
  await expect.poll(() => statusOfPush(client, random)).toBe(201);
});

async function expectPushedOrRefused(
  client: RegistryClient,
  image: ReturnType<typeof randomImage>,
): Promise<void> {
  try {
    await client.push("full/app", "v1", image);
    await client.assertPullable("full/app", "v1", image);
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer)) throw error;
    expect(error.answer.status, error.message).toBe(507);
    const { errors } = JSON.parse(error.answer.body.toString());
    expect(errors[0].code).toBe("STORAGE_FULL");
  }
}

async function statusOfPush(client: RegistryClient, random: Randomness): Promise<number> {
  try {
    return (await client.push("full/app", "late", randomImage(random))).status;
  } catch (error) {
    if (error instanceof UnexpectedAnswer) return error.answer.status;
    throw error;
  }
}
