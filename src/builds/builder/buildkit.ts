import { createWriteStream } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { BuildFailed } from "./build-failed.ts";
import type { Builder, BuilderCheck, BuilderProbe, BuildJob, BuildResult } from "./builder.ts";
import { checkBuild, checkTools } from "./builder-checks.ts";
import { buildJob, type Export, type JobRun } from "./buildkit/build-job.ts";
import { type BuilderAddress, connectToBuildkitd } from "./buildkit/connections.ts";
import { GrpcClient } from "./buildkit/grpc-client.ts";
import { readLayout } from "./buildkit/image-files.ts";
import type { Service } from "./buildkit/session.ts";
import { listPlatforms } from "./buildkit/worker-platforms.ts";
import { resolveWithin } from "./source-path.ts";
import { unpack } from "./unpack.ts";

const PROBE_MS = 10_000;

/** A buildkitd on another machine, or in a container of its own: it pulls the bases itself, by the digests that the hub has looked up. */
export function createBuildkit(address: BuilderAddress): Builder {
  const builder: Omit<Builder, "probe"> = {
    id: "buildkit",
    pinsBases: true,
    build: (job, tell, signal) => build(address, { job, tell, signal }),
    clear: (folder) => rm(folder, { recursive: true, force: true }),
    // One cache for all repositories, whose limit is in buildkitd.toml (`gckeepstorage`).
    prune: async () => undefined,
  };
  return { ...builder, probe: () => probe(address, builder) };
}

async function build(address: BuilderAddress, run: JobRun): Promise<BuildResult> {
  const { job, signal } = run;
  if (job.bases.some(({ isPassing }) => isPassing))
    throw new BuildFailed("a buildkitd elsewhere cannot be given the image that is to be tested");
  const dockerfile = await writePinned(job);
  using client = new GrpcClient(await connectToBuildkitd(address));
  const exportTo = (work: string): Export => {
    const archive = `${work}.tar`;
    return {
      ...{ exporter: "oci", exporterAttributes: {} },
      services: { "/moby.filesync.v1.FileSend/DiffCopy": receiveArchive(archive) },
      collect: async (folder) => {
        await unpack(archive, work, signal);
        await rm(archive);
        const digest = await readLayout(work, folder);
        await rm(work, { recursive: true });
        return digest;
      },
    };
  };
  return await buildJob(client, run, { dockerfile, exportTo });
}

/** The Dockerfile as it is to be read: with the digests, where they were looked up. */
async function writePinned(job: BuildJob): Promise<string> {
  if (job.pinned === undefined || job.dockerfileText === undefined)
    return await resolveWithin(job.source, job.dockerfile);
  const written = join(job.work, "Dockerfile");
  await writeFile(written, job.dockerfileText);
  return written;
}

/** What the builder sends once it has built. */
export function receiveArchive(file: string): Service {
  return ({ messages }) =>
    pipeline(
      messages,
      async function* (pieces) {
        for await (const piece of pieces) yield piece.bytes(1);
      },
      createWriteStream(file),
    );
}

async function probe(
  address: BuilderAddress,
  builder: Pick<Builder, "build" | "clear">,
): Promise<BuilderProbe> {
  const checks: BuilderCheck[] = [...(await checkTools(["tar"])), await checkBuildkit(address)];
  if (checks.every(({ isFine }) => isFine)) checks.push(await checkBuild(builder));
  const isFine = checks.every((check) => check.isFine);
  return {
    ...{ isFine, checks, level: "trusted" },
    features: new Set(["caching", "secrets", "targets", "platforms"]),
    why: isFine ? undefined : `is there a buildkitd at ${address.url.href} that this hub may use?`,
  };
}

async function checkBuildkit(address: BuilderAddress): Promise<BuilderCheck> {
  const name = "buildkitd";
  try {
    using client = new GrpcClient(await connectToBuildkitd(address));
    const platforms = await listPlatforms(client, AbortSignal.timeout(PROBE_MS));
    return { name, isFine: true, detail: `builds for ${platforms.join(", ")}` };
  } catch (cause) {
    return { name, isFine: false, detail: cause instanceof Error ? cause.message : String(cause) };
  }
}
