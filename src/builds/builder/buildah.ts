import { createHash } from "node:crypto";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getuid } from "node:process";
import { isBaseFor } from "./base-for.ts";
import { BuildFailed } from "./build-failed.ts";
import type { BuildEvent, Builder, BuilderProbe, BuildJob, BuildResult } from "./builder.ts";
import { checkBuild, checkTools } from "./builder-checks.ts";
import { clearFolder } from "./clear-folder.ts";
import { spawnContained } from "./contained-process.ts";
import { BUILD_POLICY, PULL_POLICY } from "./sandbox/buildah-script.ts";
import { resolveWithin } from "./source-path.ts";
import { followOutput } from "./step-reader.ts";

export interface BuildahDeps {
  /** Where the layers of each repository lie. */
  readonly layers: string;
}

interface Run {
  readonly job: BuildJob;
  readonly store: string;
  readonly onOutput: (bytes: Buffer) => void;
  readonly signal: AbortSignal;
}

const IMAGE = "localhost/berth-build:latest";
/** For Dockerfiles of people who are trusted with the machine: namespaces of processes and mounts, and no limits. */
export function createTrustedBuildah(deps: BuildahDeps): Builder {
  const builder: Omit<Builder, "probe"> = {
    id: "buildah-trusted",
    needsBases: true,
    build: (job, tell, signal) => build(deps, { job, tell, signal }),
    clear: clearFolder,
    // Layers depend on each other, and buildah does not say when one was last used: all of them, or none.
    prune: async ({ repository }, keepBytes) => {
      if (keepBytes === 0) await clearFolder(join(deps.layers, String(repository)));
    },
  };
  return { ...builder, probe: () => probe(builder) };
}

async function probe(builder: Pick<Builder, "build" | "clear">): Promise<BuilderProbe> {
  const checks = await checkTools(["git", "buildah", "setpriv", "unshare", "tar"]);
  const isComplete = checks.every(({ isFine }) => isFine);
  if (isComplete) checks.push(await checkBuild(builder));
  return {
    isFine: checks.every(({ isFine }) => isFine),
    checks,
    level: "trusted",
    features: new Set(["caching", "secrets", "targets", "platforms"]),
    why: isComplete ? undefined : "apt-get install buildah git uidmap",
  };
}

async function build(
  deps: BuildahDeps,
  wish: {
    readonly job: BuildJob;
    readonly tell: (event: BuildEvent) => void;
    readonly signal: AbortSignal;
  },
): Promise<BuildResult> {
  const { job, tell, signal } = wish;
  const { onOutput, end } = followOutput(tell);
  const store =
    job.cache?.isTrusted === true
      ? join(deps.layers, String(job.cache.repository))
      : join(job.work, "store");
  const images: BuildResult["images"][number][] = [];
  const platforms = job.platforms.length === 0 ? [undefined] : job.platforms;
  for (const [index, platform] of platforms.entries()) {
    const output = join(job.work, `image-${index}`);
    const layers = platform === undefined ? store : join(store, platform.replaceAll("/", "-"));
    const run = { job, store: layers, platform, output, onOutput, signal };
    const folder = await buildImage(run);
    const manifest = await readFile(join(folder, "manifest.json"));
    const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
    images.push({ platform, digest, folder });
  }
  const all = end();
  return {
    images,
    steps: all,
    cachedSteps: all.filter(({ isCached }) => isCached).length,
    basesUsed: job.bases.map(({ reference, platform, digest }) => ({
      ...{ reference, platform, digest },
    })),
  };
}

/** Leaves the image as files below the folder that it returns. */
async function buildImage(
  run: Run & { readonly platform: string | undefined; readonly output: string },
): Promise<string> {
  const { job, store, platform, output } = run;
  const { work } = job;
  const context = await resolveWithin(job.source, job.context);
  const written = await resolveWithin(job.source, job.dockerfile);
  const ignored = await findIgnoreFile(job);
  for (const folder of [...["home", "tmp", "run"].map((name) => join(work, name)), output])
    await mkdir(folder, { recursive: true });
  await mkdir(store, { recursive: true });
  await writeFile(join(work, "policy.json"), BUILD_POLICY);
  await writeFile(join(work, "auth.json"), "{}");
  await writeFile(join(work, "registries.conf"), "");
  const dockerfile = job.dockerfileText === undefined ? written : join(work, "Dockerfile");
  if (job.dockerfileText !== undefined) await writeFile(dockerfile, job.dockerfileText);
  await loadBases(run);
  const policy = ["--signature-policy", join(work, "policy.json")];
  await runBuildah(run, [
    ...["bud", "--isolation", "chroot", "--format", "docker", ...policy],
    ...(job.cache === undefined ? ["--no-cache"] : ["--layers"]),
    ...(job.target === undefined ? [] : ["--target", job.target]),
    ...(platform === undefined ? [] : ["--platform", platform]),
    ...Object.entries(job.args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...job.secrets.flatMap(({ id, file }) => ["--secret", `id=${id},src=${file}`]),
    ...(ignored === undefined ? [] : ["--ignorefile", ignored]),
    // The hub has pulled what it is based on.
    "--pull-never",
    ...["--tag", IMAGE, "--file", dockerfile, context],
  ]);
  await runBuildah(run, [
    ...["push", "--quiet", "--disable-compression=false", ...policy, IMAGE, `dir:${output}`],
  ]);
  return output;
}

/** Images that the hub has as files, under the names that the Dockerfile knows them by. */
async function loadBases(run: Run & { readonly platform: string | undefined }): Promise<void> {
  const { work, bases } = run.job;
  if (bases.length === 0) return;
  await writeFile(join(work, "pull-policy.json"), PULL_POLICY);
  for (const base of bases) {
    if (!isBaseFor(run.platform, base, bases)) continue;
    const { folder, reference, localName = reference } = base;
    const policy = ["--signature-policy", join(work, "pull-policy.json")];
    let printed = "";
    const onOutput = (bytes: Buffer) => {
      printed += bytes.toString("utf8");
    };
    await runBuildah({ ...run, onOutput }, ["pull", "--quiet", ...policy, `dir:${folder}`]);
    const [id = ""] = /[0-9a-f]{64}/.exec(printed) ?? [];
    await runBuildah(run, ["tag", id, localName]);
  }
}

/** `Dockerfile.dockerignore`, which buildah would look for beside another text. */
async function findIgnoreFile({ source, dockerfile }: BuildJob): Promise<string | undefined> {
  const path = `${dockerfile}.dockerignore`;
  const isThere = await access(join(source, path)).then(
    () => true,
    () => false,
  );
  return isThere ? await resolveWithin(source, path) : undefined;
}

async function runBuildah({ job, store, ...run }: Run, args: readonly string[]): Promise<void> {
  const { work } = job;
  const { signal, onOutput } = run;
  signal.throwIfAborted();
  const child = spawnContained({
    command: "buildah",
    args: ["--root", store, "--runroot", join(work, "run"), ...args],
    environment: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: join(work, "home"),
      TMPDIR: join(work, "tmp"),
      XDG_RUNTIME_DIR: join(work, "run"),
      LC_ALL: "C.UTF-8",
      REGISTRY_AUTH_FILE: join(work, "auth.json"),
      CONTAINERS_REGISTRIES_CONF: join(work, "registries.conf"),
      // It is in a user namespace already.
      ...(getuid?.() === 0 ? {} : { _CONTAINERS_USERNS_CONFIGURED: "done" }),
    },
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject).once("close", resolve);
  child.stdout?.on("data", onOutput);
  child.stderr?.on("data", onOutput);
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  try {
    const exitCode = await ended;
    signal.throwIfAborted();
    if (exitCode === 0) return;
    throw new BuildFailed(`buildah ended with ${exitCode ?? "a signal"}; the log says why`, {
      exitCode: exitCode ?? undefined,
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    throw new BuildFailed("buildah cannot be started on this machine: see berth builder doctor", {
      cause,
    });
  } finally {
    signal.removeEventListener("abort", kill);
  }
}
