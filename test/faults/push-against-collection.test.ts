import { expect, test } from "vitest";
import { startHub } from "../harness/hub.ts";
import { buildImage, type Image } from "../harness/images.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { scaled } from "./scale.ts";
import { seeded } from "./seeded.ts";
import { findDamage } from "./store-check.ts";

const PUSHERS = 8;
const ATTEMPTS = 20;

test("a push against collection without grace gets a whole image or a refusal, never a dangling manifest", async () => {
  const random = seeded();
  await using hub = await startHub({
    settings: {
      "collection.grace": "0s",
      "collection.allowShortGrace": "true",
      "collection.untagged": "remove",
    },
  });
  await using client = new RegistryClient(hub.url);
  // Few layers for many images: they are pushed, deleted and collected again and again.
  const layers = Array.from({ length: 4 }, () => random.bytes(600));
  const stop = new AbortController();
  const collecting = collectUntil(hub.registry.collector, stop.signal);
  const rounds = scaled({ test: 500, soak: 10_000 });
  let retried = 0;
  await Promise.all(
    Array.from({ length: PUSHERS }, async (_, pusher) => {
      for (let round = pusher; round < rounds; round += PUSHERS) {
        const image = buildImage({ layers: [random.pick(layers as [Buffer]), random.bytes(64)] });
        const repository = `race/r${round % 2}`;
        retried += await pushAsClientsDo(client, { repository, tag: `t${pusher}`, image });
        await client.assertPullable(repository, `t${pusher}`, image);
        if (random.below(2) === 0) {
          await client.delete(`/v2/${repository}/manifests/${image.manifest.digest}`);
        }
      }
    }),
  );
  stop.abort();
  const collected = await collecting;
  await hub.close();
  expect(await findDamage(hub.dataDirectory)).toEqual([]);
  expect(collected, "blobs removed").toBeGreaterThan(rounds / 10);
  expect(retried).toBeGreaterThanOrEqual(0);
});

/** Asks first, uploads what is not there, and begins again when something vanished in between; counts the retries. */
async function pushAsClientsDo(
  client: RegistryClient,
  push: { repository: string; tag: string; image: Image },
): Promise<number> {
  const { repository, tag, image } = push;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    for (const { bytes, digest } of [image.config, ...image.layers]) {
      const { status } = await client.headBlob(repository, digest);
      if (status !== 200) await client.pushBlob(repository, bytes, digest);
    }
    const answer = await client.putManifest(repository, tag, image.manifest);
    if (answer.status === 201) return attempt;
    expect(answer.status, answer.body.toString()).toBe(400);
    expect(answer.body.toString()).toContain("MANIFEST_BLOB_UNKNOWN");
  }
  throw new Error(`${repository}:${tag} was refused ${ATTEMPTS} times`);
}

async function collectUntil(
  collector: {
    run(options: { dryRun: boolean; signal: AbortSignal }): AsyncIterable<{ type: string }>;
  },
  signal: AbortSignal,
): Promise<number> {
  let removed = 0;
  while (!signal.aborted) {
    for await (const event of collector.run({ dryRun: false, signal })) {
      if ("kind" in event && event.kind === "blob" && "action" in event) {
        removed += event.action === "removed" ? 1 : 0;
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return removed;
}
