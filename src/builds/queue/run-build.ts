import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { OciError } from "../../oci/error.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { noteFacts } from "../advice/note-facts.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import type { BuildResult, BuildStep } from "../builder/builder.ts";
import { linkStop } from "../builder/linked-stop.ts";
import { findFinalBase } from "../builder/preflight/find-final-base.ts";
import { readDockerfile } from "../builder/preflight/read-dockerfile.ts";
import type { Build, Ending } from "../builds-store.ts";
import type { BroughtStages } from "../hooks/brought-stages.ts";
import { isForRoom, NO_ROOM } from "../no-room.ts";
import { type DescribedImages, describeImages } from "../provenance/describe-images.ts";
import { findOrigin } from "../provenance/find-origin.ts";
import { oweProvenance } from "../provenance/owed-provenance.ts";
import { attestPublished, imagesOf } from "./attest-published.ts";
import { basesFor } from "./bases-for.ts";
import { buildWithSecrets } from "./build-with-secrets.ts";
import { openStages } from "./open-stages.ts";
import { assertContained, isForeign, readerOf } from "./propose.ts";
import { publishBuild } from "./publish-build.ts";
import { insertStep, notePhase } from "./queue-store.ts";
import type { Run, RunDeps } from "./run-deps.ts";

/** Where builds work, each in a folder of its own. */
export function workFolderOf(data: string): string {
  return join(data, "builds", "work");
}

/** All of one build that was claimed: its source, its image, its tags. Throws nothing: how it ended is the answer. */
export async function runBuild(deps: RunDeps, build: Build, signal: AbortSignal): Promise<Ending> {
  const work = join(workFolderOf(deps.data), String(build.id));
  using held = new DisposableStack();
  try {
    await mkdir(work, { recursive: true });
    return await buildWithLog({ deps, build, work, held, signal });
  } catch (cause) {
    const ending = explainEnd(signal.aborted ? signal.reason : cause);
    if (ending !== undefined) return ending;
    deps.log.error({ err: cause, build: build.id }, "build failed");
    return { state: "failed", why: "the hub could not do it; its log says why" };
  } finally {
    await deps.builder.clear(work);
  }
}

/** Undefined for what is a fault of the hub's. */
function explainEnd(reason: unknown): Ending | undefined {
  if (reason instanceof BuildFailed) {
    const { message: why, exitCode, isLate } = reason;
    return { state: isLate ? "timed_out" : "failed", why, exitCode };
  }
  if (reason instanceof OciError)
    return { state: "failed", why: `it could not be published: ${reason.message}` };
  return isForRoom(reason) ? { state: "failed", why: NO_ROOM } : undefined;
}

type Print = (bytes: string | Buffer) => void;

async function buildWithLog(run: Run): Promise<Ending> {
  const { deps, build } = run;
  using stop = linkStop(run.signal);
  const { signal } = stop;
  // Nobody could see what it does.
  const output = await deps.logs.begin(build.id, (cause) => {
    const why = isForRoom(cause) ? NO_ROOM : "its log could not be written";
    stop.end(new BuildFailed(why, { cause }));
  });
  const print: Print = (bytes) => {
    if (!output.destroyed) output.write(bytes);
  };
  try {
    return await buildAndPublish({ ...run, signal }, print);
  } catch (cause) {
    const reason: unknown = signal.aborted ? signal.reason : cause;
    if (reason instanceof Error) print(`Failed: ${sayWhy(reason)}\n`);
    throw reason;
  } finally {
    await deps.logs.end(output);
  }
}

async function buildAndPublish(run: Run, print: Print): Promise<Ending> {
  const { deps, build, signal } = run;
  print(`Building ${build.dockerfile} of ${build.ref} at ${build.commit}\n`);
  if (isForeign(build)) await assertContained(deps.builder);
  const commit = await inTime(run, prepareSource);
  await deps.database.write((trx) => notePhase(trx, build.id, "building"));
  const stages = await openStages(run, { source: commit, print });
  const source = await stages.beforeBuild();
  const result = await makeImages(run, { source, print });
  await stages.afterBuild(result.images[0]);
  if (build.options.proposal !== undefined) {
    print("Nothing of a pull request is published\n");
    return { state: "succeeded" };
  }
  const images = await describe(run, { source: stages.source, result });
  await stages.beforePush();
  const bases = result.basesUsed;
  const owed = await oweProvenance(deps, images);
  const published = await publishBuild(deps, build, { images, bases, owed, signal });
  if (published === undefined) return { state: "cancelled" };
  // A hub that dies here has moved the tags: the next one ends the build as one that succeeded.
  await failPoint("build.published");
  // What is learned from builds is worth less than this one.
  await noteFacts(deps.database, build, stages.source).catch((err: unknown) =>
    deps.log.warn({ err, build: build.id }, "nothing was learned from a build"),
  );
  print(`Published ${published.digest} as ${build.tags.join(", ")}\n`);
  await runLast(run, print, stages);
  await attestPublished(deps, build, { repository: published.repository, bases, owed, print });
  return { state: "succeeded", digest: published.digest, bases, images: imagesOf(owed) };
}

/** It is published already, whatever comes after it. */
async function runLast(
  { deps, build, signal }: Run,
  print: Print,
  stages: BroughtStages,
): Promise<void> {
  try {
    await stages.afterPush();
  } catch (err) {
    if (!(err instanceof BuildFailed) || signal.aborted)
      deps.log.warn({ err, build: build.id }, "what follows a publication was not run");
    print("hooks/post_push failed; the image is published all the same\n");
  }
}

/** What comes before the builder begins may take no longer than a build, and neither prints nor ends by itself. */
async function inTime<Result>(run: Run, work: (run: Run) => Promise<Result>): Promise<Result> {
  const { wallMs } = run.deps.limits;
  using stop = linkStop(run.signal);
  const why = `its source or bases did not come within ${Math.round(wallMs / 1000)} seconds (builds.timeout)`;
  const timer = setTimeout(() => stop.end(new BuildFailed(why, { isLate: true })), wallMs);
  try {
    return await work({ ...run, signal: stop.signal });
  } catch (cause) {
    stop.signal.throwIfAborted();
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

/** The files of the commit, or what was uploaded, in a folder of their own. */
async function prepareSource({ deps, build, work, signal }: Run): Promise<string> {
  const source = join(work, "source");
  await mkdir(source);
  const { upload } = build.options;
  if (upload !== undefined) await deps.uploads.extract(upload, { into: source, signal });
  else {
    const wish = { commit: build.commit, into: source, isTrusted: !isForeign(build), signal };
    await deps.git.extract(build.repositoryId, wish);
    await deps.submodules.fill(build.repositoryId, wish);
  }
  return source;
}

/** What the images say of where they come from. */
async function describe(
  { deps, build, work }: Run,
  { source, result }: { readonly source: string; readonly result: BuildResult },
): Promise<DescribedImages> {
  const repository = await deps.findRepository(build.repositoryId);
  if (repository === undefined) throw new BuildFailed("the repository is gone");
  const text = await readDockerfile(source, build.dockerfile);
  const origin = {
    revision: build.commit,
    source: await findOrigin(deps, build, repository.name),
    base: findFinalBase(text, build.options),
  };
  return await describeImages(result, { origin, into: join(work, "index") });
}

async function makeImages(
  run: Run,
  { source, print }: { readonly source: string; readonly print: Print },
): Promise<BuildResult> {
  const { deps, build, work, held, signal } = run;
  const { limits } = deps;
  const image = join(work, "work");
  await mkdir(image);
  const { context, dockerfile, repositoryId: repository } = build;
  const { args, target, platforms } = build.options;
  const bases = await inTime(run, ({ signal }) =>
    basesFor(deps, { source, dockerfile, args, platforms, by: readerOf(build), held, signal }),
  );
  const onStep = (step: BuildStep) => noteStep(deps, build, step);
  return await buildWithSecrets(
    deps,
    { build, secrets: build.options.secrets, work, print, onStep, signal },
    {
      ...{ source, context, dockerfile, target, work: image, limits },
      ...{ args, platforms, network: "filtered", ...bases },
      cache: build.caching ? { repository, isTrusted: !isForeign(build) } : undefined,
    },
  );
}

/** How long a step took is worth less than the build. */
async function noteStep(
  { database, log }: RunDeps,
  build: Build,
  step: Parameters<typeof insertStep>[2],
): Promise<void> {
  await database
    .write((trx) => insertStep(trx, build.id, step))
    .catch((err: unknown) => log.warn({ err, build: build.id }, "a step was not noted"));
}

function sayWhy(reason: Error): string {
  if (reason instanceof BuildFailed || reason instanceof OciError) return reason.message;
  return isForRoom(reason) ? NO_ROOM : "the hub could not do it";
}
