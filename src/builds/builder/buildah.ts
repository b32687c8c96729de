import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { getuid } from "node:process";
import { BuildFailed } from "./build-failed.ts";
import { spawnContained } from "./contained-process.ts";

export interface BuildOrder {
  /** The unpacked commit. */
  readonly source: string;
  readonly context: string;
  readonly dockerfile: string;
  /** Layers of builds before, which this one may use and adds to. */
  readonly store: string;
  /** A directory that is empty, and is removed when the build is over. */
  readonly work: string;
  readonly caching: boolean;
  /** A registry that is spoken to without TLS: the hub itself, where it has none. */
  readonly plainRegistry: string | undefined;
  readonly onOutput: (bytes: Buffer) => void;
  readonly signal: AbortSignal;
}

const IMAGE = "localhost/berth-build:latest";
/** No image of another program's on this machine: only registries, and what this store holds. */
const POLICY = {
  default: [{ type: "reject" }],
  transports: Object.fromEntries(
    ["docker", "containers-storage"].map((one) => [
      one,
      { "": [{ type: "insecureAcceptAnything" }] },
    ]),
  ),
};

/** Builds an image and leaves it as files below the folder that it returns. Throws BuildFailed. */
export async function buildImage(order: BuildOrder): Promise<string> {
  const context = await resolveWithin(order.source, order.context);
  const dockerfile = await resolveWithin(order.source, order.dockerfile);
  const output = join(order.work, "image");
  for (const folder of ["home", "tmp", "run", "image"])
    await mkdir(join(order.work, folder), { recursive: true });
  await mkdir(order.store, { recursive: true });
  await writeFile(join(order.work, "policy.json"), JSON.stringify(POLICY));
  await writeFile(join(order.work, "auth.json"), "{}");
  await writeFile(join(order.work, "registries.conf"), printRegistries(order.plainRegistry));
  const policy = ["--signature-policy", join(order.work, "policy.json")];
  const layers = order.caching ? ["--layers"] : ["--no-cache"];
  await runBuildah(order, [
    ...["bud", "--isolation", "chroot", "--format", "docker", ...layers, ...policy],
    ...["--tag", IMAGE, "--file", dockerfile, context],
  ]);
  await runBuildah(order, [
    ...["push", "--quiet", "--disable-compression=false", ...policy, IMAGE, `dir:${output}`],
  ]);
  return output;
}

/** What users in the builder's own namespace own cannot be removed from outside of it. */
export async function removeByBuilder(folder: string): Promise<void> {
  const child = spawnContained({
    command: "rm",
    args: ["-rf", "--", folder],
    environment: { PATH: "/usr/bin:/bin" },
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject).once("close", resolve);
  child.stdout?.resume();
  child.stderr?.resume();
  const code = await promise;
  if (code !== 0) throw new Error(`could not remove ${folder}`);
}

async function runBuildah(order: BuildOrder, args: readonly string[]): Promise<void> {
  const { work, store, signal } = order;
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
  child.stdout?.on("data", order.onOutput);
  child.stderr?.on("data", order.onOutput);
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

/** A link in the repository must not lead the builder to files of the machine. Throws BuildFailed. */
async function resolveWithin(source: string, path: string): Promise<string> {
  const root = await realpath(source);
  const found = await realpath(join(root, path)).catch((cause: unknown) => {
    throw new BuildFailed(`there is no ${path} in this commit`, { cause });
  });
  if (found !== root && !found.startsWith(`${root}/`))
    throw new BuildFailed(`${path} leads out of the repository`);
  return found;
}

function printRegistries(plain: string | undefined): string {
  const own =
    plain === undefined
      ? ""
      : `[[registry]]\nlocation = ${JSON.stringify(plain)}\ninsecure = true\n`;
  return `unqualified-search-registries = ["docker.io"]\n${own}`;
}
