import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BuildFailed } from "../build-failed.ts";
import type { BuildJob } from "../builder.ts";
import { resolveWithin } from "../source-path.ts";
import { parseDockerIgnore } from "./docker-ignore.ts";
import { GrpcError } from "./grpc-client.ts";
import { servePullTokens } from "./pull-tokens.ts";
import { type FileList, sendFiles, type Verdict, walk } from "./send-files.ts";
import type { Service } from "./session.ts";
import { encode } from "./wire-message.ts";

const NOT_FOUND = 5;
const LARGEST_SECRET = 512 * 1024;

/** What a job says to the frontend that reads Dockerfiles. */
export function attributesOf(
  job: BuildJob,
  platform: string | undefined,
): Readonly<Record<string, string>> {
  const args = Object.entries(job.args).map(([name, value]) => [`build-arg:${name}`, value]);
  return {
    ...Object.fromEntries(args),
    ...(job.target === undefined ? {} : { target: job.target }),
    ...(platform === undefined ? {} : { platform }),
    ...(job.network === "none" ? { "force-network-mode": "none" } : {}),
    ...(job.cache?.isTrusted === true ? {} : { "no-cache": "" }),
    // No build finds the cache mounts of another repository.
    "build-arg:BUILDKIT_CACHE_MOUNT_NS": mountsOf(job),
  };
}

/** What strangers propose never meets what others left, nor leaves anything to them. */
function mountsOf({ cache, work }: BuildJob): string {
  return cache?.isTrusted === true ? `berth-${cache.repository}` : `berth-${basename(work)}`;
}

/** The context, the Dockerfile and the secrets of a job, and tokens for what it is based on; no passwords. Throws BuildFailed. */
export async function servicesOf(
  job: BuildJob,
  dockerfile: string,
): Promise<Readonly<Record<string, Service>>> {
  const root = await resolveWithin(job.source, job.context);
  const judge = await readIgnored(job, root);
  const context: FileList = () => walk(root, judge);
  const file: FileList = async function* () {
    yield { path: "Dockerfile", at: dockerfile };
  };
  const nothing: FileList = async function* () {};
  return {
    ...(job.pinned === undefined ? {} : servePullTokens(job.pinned)),
    "/moby.filesync.v1.FileSync/DiffCopy": sendFiles((name, paths) => {
      if (name === "dockerfile") return file;
      if (name !== "context") return undefined;
      // What is ignored is left out on this side.
      return paths.length === 1 && paths[0] === ".dockerignore" ? nothing : context;
    }),
    "/moby.buildkit.secrets.v1.Secrets/GetSecret": async ({ messages, answer }) => {
      for await (const message of messages) {
        const secret = job.secrets.find(({ id }) => id === message.text(1));
        if (secret === undefined)
          throw new GrpcError(NOT_FOUND, `there is no secret ${JSON.stringify(message.text(1))}`);
        const { size } = await stat(secret.file);
        if (size > LARGEST_SECRET) throw new Error(`the secret ${secret.id} is too large`);
        await answer(encode([[1, await readFile(secret.file)]]));
      }
    },
  };
}

/** `Dockerfile.dockerignore` beside the Dockerfile, or else `.dockerignore` in the context. */
async function readIgnored(job: BuildJob, root: string): Promise<(path: string) => Verdict> {
  const own = join(dirname(job.dockerfile), `${basename(job.dockerfile)}.dockerignore`);
  for (const [base, path] of [
    [job.source, own],
    [root, ".dockerignore"],
  ] as const) {
    const found = await resolveWithin(base, path).catch((cause: unknown) => {
      if (cause instanceof BuildFailed) return undefined;
      throw cause;
    });
    if (found !== undefined) return parseDockerIgnore(await readFile(found, "utf8"));
  }
  return () => "take";
}
