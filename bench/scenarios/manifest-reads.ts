import { KIB, makeBlobFile, makeManifest } from "../content.ts";
import { runLoad } from "../load/job.ts";
import type { RequestJob, RequestResult } from "../load/request-load.ts";
import { runWrk } from "../load/wrk.ts";
import type { Peer } from "../peer.ts";
import type { Sample, Scale, Scenario, Target } from "../scenario.ts";

const REPOSITORY = "bench/app";
const TAG = "latest";
const LAYERS = 5;
const MANY: Target = { ratio: 30, stretchRatio: 90 };

/** What a pull asks first: the manifest, by tag and by digest. */
export function manifestReads(): Scenario[] {
  const digests = new Map<Peer, string>();
  const kinds = (["GET", "HEAD"] as const).flatMap((method) =>
    (["tag", "digest"] as const).flatMap((by) =>
      [1, 16, 64].map((connections) => ({ method, by, connections })),
    ),
  );
  return kinds.map(({ method, by, connections }) => ({
    id: `manifest-${method.toLowerCase()}-${by}-${connections}`,
    title: `manifest ${method} by ${by}, ${connections} ${connections === 1 ? "connection" : "connections"}`,
    unit: "req/s",
    work: "request",
    peers: ["docker-registry", "berth", "nginx"],
    ...(connections > 1 && { target: MANY }),
    async prepare(peer, scale) {
      if (!digests.has(peer)) digests.set(peer, await publishImage(peer, scale));
    },
    run(peer, scale) {
      const reference = by === "tag" ? TAG : digests.get(peer);
      const paths = [`/v2/${REPOSITORY}/manifests/${reference}`];
      const job = { origin: peer.origin, paths, connections, seconds: scale.seconds };
      return method === "GET" ? getWithWrk(job) : headWithOurs(job);
    },
  }));
}

/** Publishes a small image and tells the digest of its manifest. */
export async function publishImage(peer: Peer, scale: Scale): Promise<string> {
  const config = await makeBlobFile(scale.directory, "config", 2 * KIB);
  const layers = await Promise.all(
    Array.from({ length: LAYERS }, (_, index) =>
      makeBlobFile(scale.directory, `layer-${index}`, 64 * KIB),
    ),
  );
  for (const blob of [config, ...layers]) await peer.publishBlob(REPOSITORY, blob);
  const manifest = makeManifest(config, layers, "bench");
  await peer.publishManifest(REPOSITORY, TAG, manifest);
  return manifest.digest;
}

export const SMALL_REQUEST_PATH = `/v2/${REPOSITORY}/manifests/${TAG}`;

async function getWithWrk(job: Omit<RequestJob, "method">): Promise<Sample> {
  const result = await runWrk(job);
  return { value: result.requestsPerSecond, work: result.requests };
}

/** wrk waits for the body that an answer to HEAD announces and does not have. */
async function headWithOurs(job: Omit<RequestJob, "method">): Promise<Sample> {
  const result = await runLoad<RequestResult>("request-load", { ...job, method: "HEAD" });
  return { value: result.requests / result.seconds, work: result.requests };
}
