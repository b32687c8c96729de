import { type BlobFile, KIB, MIB, makeBlobFile } from "../content.ts";
import { runLoad } from "../load/job.ts";
import type { PullJob, PullResult } from "../load/pull-load.ts";
import type { RequestJob, RequestResult } from "../load/request-load.ts";
import { runWrk } from "../load/wrk.ts";
import type { Peer, PeerName } from "../peer.ts";
import type { Sample, Scale, Scenario } from "../scenario.ts";
import { publishImage, SMALL_REQUEST_PATH } from "./manifest-reads.ts";

const REPOSITORY = "bench/blobs";
const ALL: readonly PeerName[] = ["docker-registry", "berth", "nginx"];
const SMALL_BLOBS = 64;
const PARALLEL = 16;
/** One pull of the large blob takes half a second, in which the machine's noise is larger than any difference. */
const LARGE_PULLS = 4;

export function blobReads(): Scenario[] {
  return [smallObjects(), parallelLayers(), oneLargeLayer(), smallRequestsBesidePulls()];
}

function smallObjects(): Scenario {
  return {
    id: "blob-get-small",
    title: "blob GET 64 KiB, 16 connections",
    unit: "req/s",
    work: "request",
    peers: ALL,
    target: { ratio: 12, stretchRatio: 22 },
    async prepare(peer, scale) {
      await publishAll(peer, await smallBlobs(scale));
    },
    async run(peer, scale) {
      const paths = (await smallBlobs(scale)).map(pathOf);
      const job = { origin: peer.origin, paths, connections: 16, seconds: scale.seconds };
      const result = await runWrk(job);
      return { value: result.requestsPerSecond, work: result.requests };
    },
  };
}

function parallelLayers(): Scenario {
  return {
    id: "blob-get-parallel",
    title: "blob GET 16 x 64 MiB in parallel",
    unit: "MiB/s",
    work: "GiB",
    peers: ALL,
    target: { ratio: 1.2, stretchRatioToNginx: 1 },
    async prepare(peer, scale) {
      await publishAll(peer, await parallelBlobs(scale));
    },
    async run(peer, scale) {
      const paths = (await parallelBlobs(scale)).map(pathOf);
      return pull({ origin: peer.origin, paths, connections: PARALLEL });
    },
  };
}

function oneLargeLayer(): Scenario {
  return {
    id: "blob-get-large",
    title: "blob GET 1 GiB, one connection",
    unit: "MiB/s",
    work: "GiB",
    peers: ALL,
    target: { ratio: 0.95, stretchRatio: 1 },
    async prepare(peer, scale) {
      await publishAll(peer, [await largeBlob(scale)]);
    },
    async run(peer, scale) {
      const paths = new Array<string>(LARGE_PULLS).fill(pathOf(await largeBlob(scale)));
      return pull({ origin: peer.origin, paths, connections: 1 });
    },
  };
}

function smallRequestsBesidePulls(): Scenario {
  return {
    id: "small-request-p99",
    title: "p99 of a manifest GET while 16 connections pull 64 MiB blobs",
    unit: "ms",
    work: "GiB",
    peers: ALL,
    target: { ratio: 1, stretchAtMost: 15 },
    async prepare(peer, scale) {
      await publishImage(peer, scale);
      await publishAll(peer, await parallelBlobs(scale));
      // A hub that was just started hashes each copy at its first pull; the load that lasts is what is looked for.
      const paths = (await parallelBlobs(scale)).map(pathOf);
      await pull({ origin: peer.origin, paths, connections: PARALLEL });
    },
    async run(peer, scale) {
      const paths = (await parallelBlobs(scale)).map(pathOf);
      const seconds = scale.seconds + 1;
      const pulling = pull({ origin: peer.origin, paths, connections: PARALLEL, seconds });
      const probing = runLoad<RequestResult>("request-load", {
        origin: peer.origin,
        method: "GET",
        paths: [SMALL_REQUEST_PATH],
        connections: 1,
        seconds: scale.seconds,
      } satisfies RequestJob);
      const [pulled, probed] = await Promise.all([pulling, probing]);
      return { value: probed.p99Ms, work: pulled.work };
    },
  };
}

async function pull(job: PullJob): Promise<Sample> {
  const result = await runLoad<PullResult>("pull-load", job);
  return { value: result.bytes / MIB / result.seconds, work: result.bytes / (1024 * MIB) };
}

function smallBlobs(scale: Scale): Promise<BlobFile[]> {
  return makeBlobs(scale, { name: "small", count: SMALL_BLOBS, size: 64 * KIB });
}

function parallelBlobs(scale: Scale): Promise<BlobFile[]> {
  return makeBlobs(scale, { name: "parallel", count: PARALLEL, size: scale.parallelBlobBytes });
}

async function largeBlob(scale: Scale): Promise<BlobFile> {
  const [blob] = await makeBlobs(scale, { name: "large", count: 1, size: scale.largeBlobBytes });
  return blob as BlobFile;
}

interface BlobSet {
  readonly name: string;
  readonly count: number;
  readonly size: number;
}

const made = new Map<string, Promise<BlobFile[]>>();

/** Made once in a run: hashing a GiB again for every round would heat the machine for nothing. */
function makeBlobs(scale: Scale, set: BlobSet): Promise<BlobFile[]> {
  const key = `${set.name}-${set.size}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const making = makeEach(scale, set);
  made.set(key, making);
  return making;
}

async function makeEach(scale: Scale, set: BlobSet): Promise<BlobFile[]> {
  const blobs: BlobFile[] = [];
  for (let index = 0; index < set.count; index += 1) {
    blobs.push(await makeBlobFile(scale.directory, `${set.name}-${index}`, set.size));
  }
  return blobs;
}

async function publishAll(peer: Peer, blobs: readonly BlobFile[]): Promise<void> {
  for (const blob of blobs) await peer.publishBlob(REPOSITORY, blob);
}

function pathOf(blob: BlobFile): string {
  return `/v2/${REPOSITORY}/blobs/${blob.digest}`;
}
