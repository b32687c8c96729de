import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isBaseFor } from "./base-for.ts";
import type { BuildBase, BuildJob } from "./builder.ts";
import type { DockerEngineApi } from "./docker-engine-api.ts";
import { checkDockerfile } from "./preflight/check-dockerfile.ts";
import { localNameOf, parseImageName, printImageName } from "./preflight/image-name.ts";
import { resolveWithin } from "./source-path.ts";

const descriptor = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) });
const manifest = z.object({ config: descriptor, layers: z.array(descriptor) });

/** Gives an engine the bases that the hub has pulled, so that it asks no registry for them: those of one platform, for names have one. */
export async function loadBases(
  engine: DockerEngineApi,
  { bases, work }: BuildJob,
  wish: { readonly platform: string | undefined; readonly signal: AbortSignal },
): Promise<void> {
  for (const base of bases)
    if (isBaseFor(wish.platform, base, bases))
      await loadBase(engine, { base, name: nameOf(base), work }, wish.signal);
}

/** The Dockerfile to build, in which bases have the names that the engine has them by. */
export async function nameBases(job: BuildJob): Promise<string> {
  const dockerfile = await resolveWithin(job.source, job.dockerfile);
  const given = job.bases.filter((base) => base.isPassing !== true);
  if (given.length === 0 && job.dockerfileText === undefined) return dockerfile;
  const written = job.dockerfileText ?? (await readFile(dockerfile, "utf8"));
  const names = new Map(given.map((base) => [base.localName ?? base.reference, nameOf(base)]));
  const { text } = checkDockerfile(written, job.args, (name, platform) => {
    const known = names.get(printImageName(name)) ?? names.get(localNameOf(name, platform));
    return known ?? printImageName(name);
  });
  const rewritten = join(job.work, "Dockerfile");
  await writeFile(rewritten, text);
  return rewritten;
}

/**
 * By what it is and not by its name, which means another image a moment later, and which whoever uses the engine may have given to
 * one of theirs. What was made by this very build is nobody else's.
 */
export function nameOf({ reference, localName = reference, digest, isPassing }: BuildBase): string {
  if (isPassing === true) return localName;
  const { repository } = parseImageName(localName);
  return `berth-base/${repository}:${digest.slice(7)}`;
}

async function loadBase(
  engine: DockerEngineApi,
  wish: { readonly base: BuildBase; readonly name: string; readonly work: string },
  signal: AbortSignal,
): Promise<void> {
  const { folder } = wish.base;
  const { config, layers } = manifest.parse(
    JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")),
  );
  if ((await engine.findImage(wish.name, signal)) === config.digest) return;
  const listing = await makeListing(wish, {
    Config: config.digest.slice(7),
    RepoTags: [wish.name],
    Layers: layers.map(({ digest }) => digest.slice(7)),
  });
  const files = new Set([config, ...layers].map(({ digest }) => digest.slice(7)));
  const tar = spawn("tar", ["-c", "-C", listing, "manifest.json", "-C", folder, ...files], {
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" },
    stdio: ["ignore", "pipe", "ignore"],
    signal,
  });
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  tar.once("error", reject).once("close", resolve);
  await Promise.all([engine.load(tar.stdout, signal), promise]);
  if ((await promise) !== 0) throw new Error(`the base ${wish.name} could not be packed`);
}

async function makeListing(
  { work, base }: { readonly work: string; readonly base: BuildBase },
  entry: unknown,
): Promise<string> {
  const folder = join(work, `base-${base.digest.slice(7)}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "manifest.json"), JSON.stringify([entry]));
  return folder;
}
