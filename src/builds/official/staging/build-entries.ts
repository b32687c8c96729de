import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Principal } from "../../../access/index.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import type { BasesWish, PreparedBases } from "../../builder/bases/prepare-bases.ts";
import { BuildFailed } from "../../builder/build-failed.ts";
import type { Builder, BuildJob, BuildLimits } from "../../builder/builder.ts";
import { platformOf } from "../architectures.ts";
import { imagesOf } from "../checks/base-checks.ts";
import { type OfficialBases, toDockerfileSubject } from "../checks/dockerfile-subject.ts";
import type { ArchitectureBuild, ImageSubject } from "../checks/image-subject.ts";
import { LayoutRefused } from "../layouts/layout-refused.ts";
import type { BuildSource, DefinitionEntry } from "../parse-definition.ts";
import { type Sources, SourceUnreadable } from "../sources/sources.ts";
import type { MadeImage } from "./attest-image.ts";
import { importSource } from "./import-source.ts";
import { type BuiltFiles, differingLayers, lookAtImage } from "./look-at-image.ts";
import { runImage } from "./run-image.ts";
import { tryImage } from "./try-image.ts";

export interface EntryDeps {
  readonly builder: Builder;
  readonly limits: BuildLimits;
  /** For builders that pull nothing themselves. */
  readonly prepareBases: (wish: BasesWish<Principal>) => Promise<PreparedBases>;
  /** Where the index of advisories lies. */
  readonly advisories: string;
  readonly bases: OfficialBases;
  readonly bytesBefore: (image: {
    readonly tag: string;
    readonly architecture: string;
  }) => Promise<number | undefined>;
  /** Types of what the hub attaches to whatever it publishes. */
  readonly attached: readonly string[];
}

export interface EntryWish {
  readonly sources: Sources;
  /** On whose right bases are read. */
  readonly by: Principal;
  /** Whose layers are kept. */
  readonly repository: RepositoryId;
  /** A folder of its own, which is cleared afterwards. */
  readonly work: string;
  readonly signal: AbortSignal;
}

/** An image of an entry, for one of its architectures. */
export interface BuiltEntry extends MadeImage, BuiltFiles {
  readonly tags: readonly string[];
  readonly architecture: string;
  readonly bytes: number;
}

export interface EntryOutcome {
  readonly build: ArchitectureBuild;
  /** What was built, and what the checks ask of it. */
  readonly made?: { readonly subject: ImageSubject; readonly built: BuiltEntry };
}

/** Builds or imports an entry for one architecture, and finds out what the checks ask of it. */
export async function buildEntry(
  deps: EntryDeps,
  { entry, source }: { readonly entry: DefinitionEntry; readonly source: BuildSource },
  wish: EntryWish,
): Promise<EntryOutcome> {
  const { architecture } = source;
  const platform = platformOf(architecture);
  if (platform === undefined || !platform.startsWith("linux/"))
    return notHere(architecture, "nothing on this instance builds for it");
  try {
    const make = source.builder === "oci-import" ? importSource : buildSource;
    const made = await make(deps, source, { ...wish, platform });
    const build = { architecture, failure: undefined };
    const tags = [...entry.tags, ...entry.sharedTags];
    const bytesBefore = await deps.bytesBefore({ tag: tags[0] ?? "", architecture });
    const { bytes, mediaType, size } = made.facts;
    const subject: ImageSubject = { ...made.facts, builds: [build], bytesBefore };
    const image = { ...made.image, mediaType, size, platform, source };
    return { build, made: { subject, built: { ...image, tags, architecture, bytes } } };
  } catch (cause) {
    if (!isAnswer(cause)) throw cause;
    if (cause instanceof BuildFailed && cause.isForeign)
      return notHere(architecture, cause.message);
    return { build: { architecture, failure: cause.message } };
  }
}

/** What is wrong with what was submitted, and not with the hub. */
function isAnswer(cause: unknown): cause is Error {
  return (
    cause instanceof BuildFailed ||
    cause instanceof SourceUnreadable ||
    cause instanceof LayoutRefused
  );
}

function notHere(architecture: string, why: string): EntryOutcome {
  return { build: { architecture, failure: undefined, notHere: why } };
}

type SourceWish = EntryWish & { readonly platform: string };

async function buildSource(deps: EntryDeps, source: BuildSource, wish: SourceWish) {
  const { work, signal } = wish;
  const { gitCommit, directory, file } = source;
  const repository = await wish.sources.open(source);
  const folder = join(work, "source");
  await mkdir(folder, { recursive: true });
  const limitBytes = deps.limits.diskBytes;
  await repository.extract(gitCommit, { into: folder, limitBytes, signal });
  const path = directory === "." ? file : `${directory}/${file}`;
  const dockerfile = (await repository.read(gitCommit, path))?.toString("utf8");
  if (dockerfile === undefined) throw new BuildFailed(`there is no ${path} in this commit`);
  const job: BuildJob = {
    ...{ source: folder, context: directory, dockerfile: path, target: undefined },
    ...{ args: {}, secrets: [], platforms: [wish.platform], bases: [], network: "filtered" },
    ...{ limits: deps.limits, work: join(work, "first") },
    cache: { repository: wish.repository, isTrusted: true },
  };
  using held = new DisposableStack();
  const prepared = await withBases(deps, job, { ...wish, held });
  const { architecture } = source;
  return await buildAndLook(deps, prepared, { ...wish, dockerfile, architecture });
}

/** Nothing but the hub says what an image is built on. */
async function withBases(
  deps: EntryDeps,
  job: BuildJob,
  wish: SourceWish & { readonly held: DisposableStack },
): Promise<BuildJob> {
  const { needsBases, pinsBases = false } = deps.builder;
  if (needsBases !== true && !pinsBases) return job;
  const { source, dockerfile, args, limits } = job;
  const { by, platform, held, signal } = wish;
  const prepared = await deps.prepareBases({
    ...{ source, dockerfile, args, by, held, signal, limitBytes: limits.diskBytes },
    ...{ platforms: [platform], arePinned: pinsBases },
  });
  return { ...job, ...prepared };
}

async function buildAndLook(
  deps: EntryDeps,
  job: BuildJob,
  wish: SourceWish & { readonly dockerfile: string; readonly architecture: string },
) {
  const { work, signal, dockerfile, architecture } = wish;
  const baseLayers = await countBaseLayers(deps.bases, { dockerfile, architecture });
  const image = await buildOnce(deps.builder, job, signal);
  const facts = await lookAtImage(image, {
    ...{ platform: wish.platform, advisories: deps.advisories, signal },
    ...{ layout: join(work, "layout"), baseLayers },
  });
  const again = { ...job, cache: undefined, work: join(work, "second") };
  const differing = await differingLayers(
    facts.diffIds,
    await buildOnce(deps.builder, again, signal),
  );
  const { entrypoint } = facts.config;
  const tried = await tryImage({ builder: deps.builder, job, dockerfile, entrypoint, signal });
  const { builder } = deps;
  const { config, stopSignal } = facts;
  const program = { command: [...entrypoint, ...config.command], stopSignal };
  const ran = await runImage({ builder, job, image, platform: wish.platform, program, signal });
  return {
    image,
    facts: { ...facts, ...tried, ...ran, rebuilt: { differing }, attached: deps.attached },
  };
}

async function buildOnce(
  builder: Pick<Builder, "build">,
  job: BuildJob,
  signal: AbortSignal,
): Promise<BuiltFiles & Pick<MadeImage, "bases">> {
  await mkdir(job.work, { recursive: true });
  const { images, basesUsed: bases } = await builder.build(job, () => undefined, signal);
  const [image] = images;
  if (image === undefined) throw new Error("a build ended without an image");
  return { ...image, bases };
}

/** What of the image is what it was built on, and not its own. */
async function countBaseLayers(
  bases: OfficialBases,
  { dockerfile, architecture }: { readonly dockerfile: string; readonly architecture: string },
): Promise<number> {
  const file = { text: dockerfile, tags: [], bases, read: async () => undefined };
  const base = imagesOf(toDockerfileSubject(file)).findLast(({ isBase }) => isBase);
  if (base === undefined) return 0;
  return (await bases.find(base.name, base.tag || "latest"))?.layers?.get(architecture) ?? 0;
}
