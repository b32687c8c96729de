import { randomUUID } from "node:crypto";
import { chown, mkdir, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { KeyedLock } from "../../../lib/keyed-lock.ts";
import { BuildFailed } from "../build-failed.ts";
import type { BuildEvent, Builder, BuildJob, BuildResult, CacheScope } from "../builder.ts";
import { clearFolder } from "../clear-folder.ts";
import { finishImage } from "../finish-image.ts";
import { linkStop } from "../linked-stop.ts";
import { resolveWithin } from "../source-path.ts";
import { followOutput } from "../step-reader.ts";
import { type BuildUser, findBuildUser } from "./build-user.ts";
import { BUILD_POLICY, PULL_POLICY, printBuildScript } from "./buildah-script.ts";
import { openControlGroup } from "./control-group.ts";
import { measure, watchDisk } from "./disk-watch.ts";
import { findGroupHost } from "./group-host.ts";
import { findRuntime, probeSandbox } from "./probe-sandbox.ts";
import { type Shown, spawnSandbox } from "./sandbox.ts";

export interface ContainedBuildahDeps {
  /** Where the layers of each repository lie. */
  readonly layers: string;
  /** Networks that no build reaches, beside those that are always refused. */
  readonly denied: readonly string[];
}

interface Build {
  readonly job: BuildJob;
  readonly tell: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/** For Dockerfiles of people who share this hub and need not trust each other; docs/decisions/0009. */
export function createContainedBuildah(deps: ContainedBuildahDeps): Builder {
  const lock = new KeyedLock();
  const folderOf = ({ repository }: CacheScope) => join(deps.layers, String(repository));
  const builder: Omit<Builder, "probe"> = {
    id: "buildah",
    needsBases: true,
    watches: true,
    clear: clearFolder,
    async build(job, tell, signal) {
      // What strangers propose leaves nothing behind.
      const isKept = job.cache?.isTrusted === true;
      const store = isKept && job.cache ? folderOf(job.cache) : join(job.work, "store");
      // Working containers in a store belong to the one build that uses it.
      using _held = await lock.acquire(store);
      signal.throwIfAborted();
      return await build(deps, { job, tell, signal }, store);
    },
    async prune(scope, keepBytes) {
      const folder = folderOf(scope);
      using _held = await lock.acquire(folder);
      if (keepBytes > 0 && (await measure([folder])) <= keepBytes) return;
      await clearFolder(folder);
    },
  };
  return { ...builder, probe: () => probeSandbox(builder, deps.denied) };
}

async function build(
  { denied }: ContainedBuildahDeps,
  { job, tell, signal }: Build,
  store: string,
): Promise<BuildResult> {
  const user = await findBuildUser().catch((cause: Error) => {
    throw new BuildFailed(cause.message, { cause });
  });
  const { onOutput, end } = followOutput(tell);
  const left = join(job.work, "left");
  const shown = await prepare(job, { user, store, left });
  const command = await printCommand(job, await findRuntime());
  await runLimited({ job, command, shown, denied, user, onOutput, signal });
  const all = end();
  const platforms = job.platforms.length === 0 ? [undefined] : job.platforms;
  const images: BuildResult["images"][number][] = [];
  for (const [index, platform] of platforms.entries()) {
    const folder = join(job.work, "images", String(index));
    const bases = job.bases.map((base) => base.folder);
    const from = join(left, String(index));
    images.push({
      platform,
      folder,
      digest: await finishImage({ from, into: folder, bases, signal }),
    });
  }
  return {
    images,
    steps: all,
    cachedSteps: all.filter(({ isCached }) => isCached).length,
    basesUsed: job.bases.map(({ reference, platform, digest }) => ({
      ...{ reference, platform, digest },
    })),
  };
}

/** The folders of a build, each for the one who is to write there. */
async function prepare(
  { work, source, bases, secrets, dockerfileText }: BuildJob,
  place: {
    readonly user: BuildUser | undefined;
    readonly store: string;
    readonly left: string;
  },
): Promise<Shown[]> {
  const { user, store, left } = place;
  const input = join(work, "in");
  await mkdir(input);
  await writeFile(join(input, "build-policy.json"), BUILD_POLICY);
  await writeFile(join(input, "pull-policy.json"), PULL_POLICY);
  if (dockerfileText !== undefined) await writeFile(join(input, "Dockerfile"), dockerfileText);
  for (const folder of [store, left]) {
    await mkdir(folder, { recursive: true });
    if (user !== undefined) await chown(folder, user.uid, user.gid);
  }
  return [
    { mode: "ro", path: source, name: "source" },
    { mode: "ro", path: input, name: "in" },
    { mode: "rw", path: store, name: "store" },
    { mode: "rw", path: left, name: "image" },
    ...bases.map(({ folder }, at) => ({ mode: "ro", path: folder, name: `bases/${at}` }) as const),
    ...secrets.map(({ file }, at) => ({ mode: "secret", path: file, name: String(at) }) as const),
  ];
}

async function printCommand(job: BuildJob, runtime: string): Promise<string> {
  const root = await resolveWithin(job.source, ".");
  const inside = async (path: string) =>
    join("/source", relative(root, await resolveWithin(job.source, path)));
  const written = await inside(job.dockerfile);
  const dockerfile = job.dockerfileText === undefined ? written : "/in/Dockerfile";
  const ownIgnore = `${job.dockerfile}.dockerignore`;
  const hasIgnore = await stat(join(job.source, ownIgnore)).then(
    () => true,
    () => false,
  );
  return printBuildScript({
    ...{ job, dockerfile, runtime },
    context: await inside(job.context),
    ignoreFile: hasIgnore ? await inside(ownIgnore) : undefined,
  });
}

async function runLimited(run: {
  readonly job: BuildJob;
  readonly command: string;
  readonly shown: readonly Shown[];
  readonly denied: readonly string[];
  readonly user: BuildUser | undefined;
  readonly onOutput: (bytes: Buffer) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { job, command, shown, denied, user, onOutput } = run;
  const { limits, network } = job;
  using stop = linkStop(run.signal);
  const { signal } = stop;
  const group = await openControlGroup(await findGroupHost(), randomUUID(), limits);
  const child = spawnSandbox({ command, shown, network, denied, user, group });
  const unwatch = watchDisk({
    folders: shown.filter(({ mode }) => mode === "rw").map(({ path }) => path),
    limitBytes: limits.diskBytes,
    onFull: () => stop.end(new BuildFailed(describeDisk(limits.diskBytes))),
  });
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  try {
    const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>();
    child.once("error", reject).once("close", resolve);
    child.stdout?.on("data", onOutput);
    child.stderr?.on("data", onOutput);
    if (signal.aborted) kill();
    const exitCode = await ended;
    signal.throwIfAborted();
    if (exitCode === 0) return;
    const why = await group.describeEnd();
    throw new BuildFailed(why ?? `buildah ended with ${exitCode ?? "a signal"}; the log says why`, {
      exitCode: exitCode ?? undefined,
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    throw new BuildFailed("builds cannot be started on this machine: see berth builder doctor", {
      cause,
    });
  } finally {
    signal.removeEventListener("abort", kill);
    unwatch();
    await group.close();
  }
}

function describeDisk(bytes: number): string {
  return `it took more than ${Math.round(bytes / 1024 / 1024)} MiB of the disk (builds.disk)`;
}
