import { KIB, MIB, makeBlobFile, makeManifest } from "../content.ts";
import { runLoad } from "../load/job.ts";
import type { PushBlobJob, PushBlobResult } from "../load/push-blob-load.ts";
import type { PushManyJob, PushManyResult } from "../load/push-many-load.ts";
import type { PeerName } from "../peer.ts";
import type { Sample, Scale, Scenario } from "../scenario.ts";

const REPOSITORY = "bench/pushed";
const REGISTRIES: readonly PeerName[] = ["docker-registry", "berth"];
const CHUNK_BYTES = 32 * MIB;

export function pushes(): Scenario[] {
  return [
    largePush("monolithic", "POST, PUT"),
    largePush("streamed", "POST, one PATCH, PUT, as docker does"),
    largePush(CHUNK_BYTES, "POST, PATCHes of 32 MiB, PUT"),
    ...[1, 8, 16, 32].map(smallPushes),
    ...[1, 8, 32].map(manifestPushes),
  ];
}

function largePush(way: PushBlobJob["way"], steps: string): Scenario {
  return {
    id: `blob-push-${typeof way === "number" ? "chunked" : way}`,
    title: `blob push 1 GiB (${steps})`,
    unit: "MiB/s",
    work: "GiB",
    peers: REGISTRIES,
    target: { ratio: 2, stretchRatio: 3, cpuShare: 0.6 },
    writes: (scale) => scale.largeBlobBytes,
    async run(peer, scale) {
      const size = scale.largeBlobBytes;
      const job: PushBlobJob = { origin: peer.origin, repository: REPOSITORY, size, way };
      const result = await runLoad<PushBlobResult>("push-blob-load", job);
      return { value: size / MIB / result.seconds, work: size / (1024 * MIB) };
    },
  };
}

function smallPushes(concurrency: number): Scenario {
  return {
    id: `layer-push-${concurrency}`,
    title: `push of 10 KiB layers, ${concurrency} at once`,
    unit: "pushes/s",
    work: "push",
    peers: REGISTRIES,
    target: { ratio: 3, stretchRatio: 5 },
    run(peer, scale) {
      return pushMany({
        origin: peer.origin,
        repository: REPOSITORY,
        count: scale.smallPushes,
        concurrency,
        what: { layerBytes: 10 * KIB },
      });
    },
  };
}

function manifestPushes(concurrency: number): Scenario {
  return {
    id: `manifest-push-${concurrency}`,
    title: `manifest PUT, durable, ${concurrency} at once`,
    unit: "pushes/s",
    work: "push",
    peers: REGISTRIES,
    target: { ratio: 3, stretchRatio: 5 },
    async prepare(peer, scale) {
      for (const blob of await templateBlobs(scale)) await peer.publishBlob(REPOSITORY, blob);
    },
    async run(peer, scale) {
      const [config, layer] = await templateBlobs(scale);
      const template = makeManifest(config, [layer], "%NOTE%");
      return pushMany({
        origin: peer.origin,
        repository: REPOSITORY,
        count: scale.smallPushes,
        concurrency,
        what: { manifest: template.content.toString(), mediaType: template.mediaType },
      });
    },
  };
}

async function templateBlobs(scale: Scale) {
  return [
    await makeBlobFile(scale.directory, "config", 2 * KIB),
    await makeBlobFile(scale.directory, "layer-0", 64 * KIB),
  ] as const;
}

async function pushMany(job: PushManyJob): Promise<Sample> {
  const result = await runLoad<PushManyResult>("push-many-load", job);
  return { value: result.pushes / result.seconds, work: result.pushes };
}
