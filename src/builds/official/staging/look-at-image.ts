import { link, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { lookAtFileLayers, proveDiffId, scanFile } from "../../../scanning/index.ts";
import { BuildFailed } from "../../builder/build-failed.ts";
import { choosePlatform } from "../../provenance/write-index.ts";
import { NotRun } from "../checks/check.ts";
import type { ImageSubject } from "../checks/image-subject.ts";

const words = z
  .array(z.string())
  .nullish()
  .transform((list) => list ?? []);
const imageConfig = z.object({
  os: z.string(),
  architecture: z.string(),
  rootfs: z.object({ diff_ids: z.array(z.string()) }),
  config: z
    .object({
      Entrypoint: words,
      Cmd: words,
      StopSignal: z.string().nullish(),
      Labels: z
        .record(z.string(), z.string())
        .nullish()
        .transform((labels) => labels ?? {}),
    })
    .prefault({}),
});
const manifestFile = z.object({
  mediaType: z.string(),
  config: z.object({ digest: z.string() }),
  layers: z.array(z.object({ digest: z.string(), size: z.number() })),
});

/** Fewer files than that are one program and what it needs. */
const SINGLE = 3;

export interface BuiltFiles {
  readonly digest: string;
  /** As a builder leaves it: `manifest.json`, and blobs under the hexadecimal parts of their digests. */
  readonly folder: string;
}

export type LookedAt = Pick<
  ImageSubject,
  | "config"
  | "isSingleBinary"
  | "efficiency"
  | "hiddenBytes"
  | "bytes"
  | "vulnerabilities"
  | "setuid"
  | "packages"
> & {
  readonly diffIds: readonly string[];
  readonly stopSignal: string | undefined;
  /** Of its manifest. */
  readonly mediaType: string;
  readonly size: number;
};

/**
 * What an image says of itself and what lies in it, without running it. Throws BuildFailed if it is for another platform, or says it in a way that
 * nobody reads.
 */
export async function lookAtImage(
  { digest, folder }: BuiltFiles,
  wish: {
    readonly platform: string;
    /** Where the index of advisories lies. */
    readonly advisories: string;
    readonly baseLayers: number;
    readonly layout: string;
    readonly signal: AbortSignal;
  },
): Promise<LookedAt> {
  const { layout, platform, signal, advisories } = wish;
  const manifest = await readJson(join(folder, "manifest.json"), manifestFile);
  const config = await readJson(join(folder, hexOf(manifest.config.digest)), imageConfig);
  choosePlatform(config, platform);
  const { mediaType } = manifest;
  const size = await writeLayout({ digest, folder }, { layout, mediaType });
  const report = await lookAtFileLayers({ path: layout, platform, signal });
  const scan = await scanFile({
    ...{ path: layout, title: digest, platform, advisories, signal },
    prove: proveDiffId,
  });
  const { findings, flaws, coverage } = scan.report;
  const knows = coverage.length === 0 || coverage.some((one) => one.advisories > 0);
  return {
    ...{ mediaType, size },
    diffIds: config.rootfs.diff_ids,
    stopSignal: config.config.StopSignal ?? undefined,
    config: {
      entrypoint: config.config.Entrypoint,
      command: config.config.Cmd,
      labels: config.config.Labels,
    },
    isSingleBinary: report.layers.reduce((sum, { files }) => sum + files, 0) <= SINGLE,
    efficiency: report.efficiency,
    hiddenBytes: report.hiddenBytes,
    bytes: report.bytes,
    vulnerabilities: knows
      ? findings.map((one) => ({
          id: one.id,
          severity: one.severity,
          package: one.package.name,
          isFixable: one.fixedVersion !== null,
        }))
      : new NotRun("the hub has no advisories for its packages"),
    setuid: flaws
      .filter(({ id }) => id === "setuid-file")
      .map(({ path, layer }) => ({
        path: `/${path ?? ""}`,
        isFromBase: (layer ?? 0) < wish.baseLayers,
      })),
    packages: scan.inventory.packages.map(({ name, type, licences }) => ({ name, type, licences })),
  };
}

/** Which layers of a second build are others, with what is known of each. */
export async function differingLayers(
  one: readonly string[],
  again: BuiltFiles,
): Promise<readonly string[]> {
  const manifest = await readJson(join(again.folder, "manifest.json"), manifestFile);
  const config = await readJson(join(again.folder, hexOf(manifest.config.digest)), imageConfig);
  const { diff_ids: other } = config.rootfs;
  const length = Math.max(one.length, other.length);
  return Array.from({ length }, (_, layer) => layer)
    .filter((layer) => one[layer] !== other[layer])
    .map((layer) => `layer ${layer + 1}`);
}

async function writeLayout(
  { digest, folder }: BuiltFiles,
  { layout, mediaType }: { readonly layout: string; readonly mediaType: string },
): Promise<number> {
  const blobs = join(layout, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const hex = /^[0-9a-f]{64}$/;
  for (const name of (await readdir(folder)).filter((one) => hex.test(one)))
    await link(join(folder, name), join(blobs, name));
  await link(join(folder, "manifest.json"), join(blobs, hexOf(digest)));
  const { length: size } = await readFile(join(folder, "manifest.json"));
  const index = { schemaVersion: 2, manifests: [{ mediaType, digest, size }] };
  await writeFile(join(layout, "index.json"), JSON.stringify(index));
  await writeFile(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  return size;
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(":") + 1);
}

async function readJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = await readFile(path, "utf8");
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw cause;
    throw new BuildFailed("its configuration cannot be read as one of an image", { cause });
  }
}
