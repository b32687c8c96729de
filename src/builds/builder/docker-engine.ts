import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import type { Builder, BuilderCheck, BuilderProbe, BuildResult } from "./builder.ts";
import { checkBuild, checkTools } from "./builder-checks.ts";
import { buildJob, type Export, type JobRun } from "./buildkit/build-job.ts";
import { type BuilderAddress, connectToEngine } from "./buildkit/connections.ts";
import { GrpcClient } from "./buildkit/grpc-client.ts";
import { readSavedImage } from "./buildkit/image-files.ts";
import { listPlatforms } from "./buildkit/worker-platforms.ts";
import { DockerEngineApi } from "./docker-engine-api.ts";
import { loadBases, nameBases, nameOf } from "./docker-engine-bases.ts";
import { unpack } from "./unpack.ts";

const PROBE_MS = 10_000;

/**
 * The BuildKit of a Docker Engine: for Dockerfiles of people who are trusted with the engine's machine, on which it is root. No limit
 * of memory or processors holds, for BuildKit has none.
 */
export function createDockerEngine(address: BuilderAddress): Builder {
  const builder: Omit<Builder, "probe"> = {
    id: "docker",
    needsBases: true,
    build: (job, tell, signal) => build(address, { job, tell, signal }),
    clear: (folder) => rm(folder, { recursive: true, force: true }),
    // BuildKit keeps one cache for all repositories, whose limit is the engine's own (`builder.gc`).
    prune: async () => undefined,
  };
  return { ...builder, probe: () => probe(address, builder) };
}

async function build(address: BuilderAddress, run: JobRun): Promise<BuildResult> {
  const { signal } = run;
  await using engine = await DockerEngineApi.open(address);
  const dockerfile = await nameBases(run.job);
  const network = (await engine.hasBridge(signal)) ? run.job.network : "none";
  using client = new GrpcClient(await connectToEngine(address));
  const job = { ...run.job, network };
  const names = run.job.bases.flatMap((base) => (base.isPassing ? [nameOf(base)] : []));
  const exportTo = (work: string): Export => {
    const name = `berth-build:${randomBytes(16).toString("hex")}`;
    names.push(name);
    return {
      ...{ exporter: "moby", exporterAttributes: { name }, services: {} },
      collect: (folder) => collect(engine, { name, work, folder }, signal),
    };
  };
  const untag = () => Promise.all(names.map((name) => engine.untag(name)));
  try {
    const prepare = (platform: string | undefined) => loadBases(engine, job, { platform, signal });
    const result = await buildJob(client, { ...run, job }, { dockerfile, prepare, exportTo });
    await untag();
    return result;
  } catch (cause) {
    // Where that fails too, the engine has gone away, which is what failed before.
    await untag().catch(() => undefined);
    throw cause;
  }
}

async function collect(
  engine: DockerEngineApi,
  wish: { readonly name: string; readonly work: string; readonly folder: string },
  signal: AbortSignal,
): Promise<string> {
  const archive = `${wish.work}.tar`;
  await engine.save(wish.name, archive, signal);
  await unpack(archive, wish.work, signal);
  await rm(archive);
  const digest = await readSavedImage(wish.work, wish.folder);
  await rm(wish.work, { recursive: true });
  return digest;
}

async function probe(
  address: BuilderAddress,
  builder: Pick<Builder, "build" | "clear">,
): Promise<BuilderProbe> {
  const { url } = address;
  const checks: BuilderCheck[] = [...(await checkTools(["tar"])), await checkEngine(address)];
  if (checks.every(({ isFine }) => isFine)) checks.push(await checkBuild(builder));
  const isFine = checks.every((check) => check.isFine);
  return {
    ...{ isFine, checks, level: "trusted" },
    features: new Set(["caching", "secrets", "targets", "platforms"]),
    why: isFine ? undefined : `is there a Docker Engine at ${url.href} that this user may use?`,
  };
}

async function checkEngine(address: BuilderAddress): Promise<BuilderCheck> {
  const name = "the Docker Engine";
  const signal = AbortSignal.timeout(PROBE_MS);
  try {
    await using engine = await DockerEngineApi.open(address);
    const { Version } = await engine.version(signal);
    using client = new GrpcClient(await connectToEngine(address));
    const platforms = await listPlatforms(client, signal);
    return { name, isFine: true, detail: `${Version} with BuildKit for ${platforms.join(", ")}` };
  } catch (cause) {
    return { name, isFine: false, detail: cause instanceof Error ? cause.message : String(cause) };
  }
}
