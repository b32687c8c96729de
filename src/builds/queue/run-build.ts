import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { OciError } from "../../oci/error.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import type { Builder, BuildLimits } from "../builder/builder.ts";
import type { Build, Ending } from "../builds-store.ts";
import type { GitRepositories } from "../git/git-repositories.ts";
import type { BuildLogs } from "./build-log.ts";
import { type PublishDeps, publishBuild } from "./publish-build.ts";

export interface RunDeps extends PublishDeps {
  readonly git: Pick<GitRepositories, "extract">;
  readonly logs: BuildLogs;
  readonly data: string;
  readonly builder: Builder;
  readonly limits: BuildLimits;
  readonly log: Logger;
}

/** Where builds work, each in a folder of its own. */
export function workFolderOf(data: string): string {
  return join(data, "builds", "work");
}

/** All of one build that was claimed: its source, its image, its tags. Throws nothing: how it ended is the answer. */
export async function runBuild(deps: RunDeps, build: Build, signal: AbortSignal): Promise<Ending> {
  const work = join(workFolderOf(deps.data), String(build.id));
  try {
    await mkdir(work, { recursive: true });
    return await buildWithLog({ deps, build, work, signal });
  } catch (cause) {
    const reason: unknown = signal.aborted ? signal.reason : cause;
    if (reason instanceof BuildFailed)
      return { state: "failed", why: reason.message, exitCode: reason.exitCode };
    if (reason instanceof OciError)
      return { state: "failed", why: `it could not be published: ${reason.message}` };
    deps.log.error({ err: cause, build: build.id }, "build failed");
    return { state: "failed", why: "the hub could not do it; its log says why" };
  } finally {
    await deps.builder.clear(work);
  }
}

interface Run {
  readonly deps: RunDeps;
  readonly build: Build;
  readonly work: string;
  readonly signal: AbortSignal;
}

async function buildWithLog(run: Run): Promise<Ending> {
  const { deps, build, signal } = run;
  const output = await deps.logs.begin(build.id);
  const print = (bytes: string | Buffer) => {
    output.write(bytes);
  };
  try {
    return await buildAndPublish(run, print);
  } catch (cause) {
    const reason: unknown = signal.aborted ? signal.reason : cause;
    if (reason instanceof Error && !output.destroyed) print(`Failed: ${describe(reason)}\n`);
    throw cause;
  } finally {
    await deps.logs.end(output);
  }
}

async function buildAndPublish(
  { deps, build, work, signal }: Run,
  print: (bytes: string | Buffer) => void,
): Promise<Ending> {
  const { git, limits, builder } = deps;
  const source = join(work, "source");
  const image = join(work, "work");
  await mkdir(source);
  await mkdir(image);
  print(`Building ${build.dockerfile} of ${build.ref} at ${build.commit}\n`);
  await git.extract(build.repositoryId, { commit: build.commit, into: source, signal });
  const { context, dockerfile, repositoryId: repository } = build;
  const { images } = await builder.build(
    {
      ...{ source, context, dockerfile, target: undefined, work: image, limits },
      ...{ args: {}, secrets: [], platforms: [], bases: [], network: "filtered" },
      cache: build.caching ? { repository, isTrusted: true } : undefined,
    },
    (event) => {
      if (event.kind === "output") print(event.bytes);
    },
    signal,
  );
  const digest = await publishBuild(deps, build, images[0]);
  if (digest === undefined) return { state: "cancelled" };
  print(`Published ${digest} as ${build.tags.join(", ")}\n`);
  return { state: "succeeded", digest };
}

function describe(reason: Error): string {
  return reason instanceof BuildFailed || reason instanceof OciError
    ? reason.message
    : "the hub could not do it";
}
