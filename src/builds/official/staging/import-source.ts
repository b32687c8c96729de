import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ImageUnreadable, LayerRefused } from "../../../scanning/index.ts";
import type { Builder, BuildJob, BuildLimits } from "../../builder/builder.ts";
import { NotRun } from "../checks/check.ts";
import { type ImportedFiles, importLayout } from "../layouts/import-layout.ts";
import { LayoutRefused } from "../layouts/layout-refused.ts";
import type { BuildSource } from "../parse-definition.ts";
import type { Sources } from "../sources/sources.ts";
import { type LookedAt, lookAtImage } from "./look-at-image.ts";
import { type Ran, runImage, toBase } from "./run-image.ts";
import { type Tried, tryImage } from "./try-image.ts";

interface ImportDeps {
  readonly builder: Builder;
  readonly limits: BuildLimits;
  /** Where the index of advisories lies. */
  readonly advisories: string;
  readonly attached: readonly string[];
}

interface ImportWish {
  readonly sources: Sources;
  readonly platform: string;
  readonly work: string;
  readonly signal: AbortSignal;
}

const REBUILT = new NotRun("it is imported as its maintainers built it, and is not built here");

/** In place of a build: the image of an OCI layout, and what the checks ask of it. Throws LayoutRefused and SourceUnreadable. */
export async function importSource(deps: ImportDeps, source: BuildSource, wish: ImportWish) {
  const { work, platform, signal } = wish;
  const repository = await wish.sources.open(source);
  const into = join(work, "image");
  await mkdir(into, { recursive: true });
  const limitBytes = deps.limits.diskBytes;
  const image = await importLayout(repository, source, { into, platform, limitBytes, signal });
  const facts = await lookAtImported(deps, image, wish);
  const ran = await runImported(deps, { image, facts }, wish);
  const { digest, folder } = image;
  return {
    image: { digest, folder, bases: [] },
    facts: { ...facts, ...ran, rebuilt: REBUILT, attached: deps.attached },
  };
}

/** No builder has made sure that its layers are archives, and those that its configuration names. */
async function lookAtImported(
  { advisories }: Pick<ImportDeps, "advisories">,
  image: ImportedFiles,
  { work, platform, signal }: ImportWish,
): Promise<LookedAt> {
  const layout = join(work, "layout");
  try {
    return await lookAtImage(image, { platform, signal, advisories, layout, baseLayers: 0 });
  } catch (cause) {
    if (!(cause instanceof LayerRefused || cause instanceof ImageUnreadable)) throw cause;
    throw new LayoutRefused("layers", cause.message, { cause });
  }
}

/** By steps on top of the image, which see nothing of its repository. */
async function runImported(
  { builder, limits }: ImportDeps,
  { image, facts }: { readonly image: ImportedFiles; readonly facts: LookedAt },
  { work, platform, signal }: ImportWish,
): Promise<Tried & Ran> {
  const why = whyUnseen(builder, image);
  if (why !== undefined) {
    const unseen = new NotRun(why);
    const tried = { echo: unseen, shell: unseen, zone: unseen, passwd: unseen, shadow: unseen };
    return { ...tried, start: unseen, stop: unseen, listeners: unseen };
  }
  const base = toBase(image, platform);
  const job: BuildJob = {
    ...{ source: join(work, "source"), work: join(work, "first"), bases: [base], limits },
    ...{ context: ".", dockerfile: "Dockerfile", target: undefined, args: {}, secrets: [] },
    ...{ platforms: [platform], cache: undefined, network: "none" },
  };
  await mkdir(job.source);
  const { config, stopSignal } = facts;
  const { entrypoint, command } = config;
  const dockerfile = `FROM ${base.reference}`;
  const tried = await tryImage({ builder, job, dockerfile, entrypoint, signal });
  const program = { command: [...entrypoint, ...command], stopSignal };
  return { ...tried, ...(await runImage({ builder, job, image, platform, program, signal })) };
}

/** Why no command can be run in it. */
function whyUnseen(builder: Builder, { hasHistory }: ImportedFiles): string | undefined {
  if (builder.needsBases !== true)
    return `the builder ${builder.id} runs no image that it has not built`;
  if (!hasHistory)
    return "its configuration does not say in its history what made each layer, without which builders run nothing on it";
  return undefined;
}
