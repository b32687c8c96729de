import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { BuildResult } from "../builder/builder.ts";
import { choosePlatform, type WrittenManifest, writeIndex, writeManifest } from "./write-index.ts";

/** What images say of where they come from. */
export interface ImageOrigin {
  readonly revision: string;
  /** Where the source is. */
  readonly source: string;
  /** The whole name of the image that they begin with. */
  readonly base: string | undefined;
}

/** An image, or an index of several, as it is published. */
export interface DescribedImage extends WrittenManifest {
  /** Such as `linux/arm64`; undefined for an index. */
  readonly platform: string | undefined;
}

export interface DescribedImages {
  /** What the tags lead to. */
  readonly whole: DescribedImage;
  /** What is in it, where it is an index. */
  readonly parts: readonly DescribedImage[];
}

const manifestSchema = z.looseObject({
  mediaType: z.string(),
  config: z.looseObject({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
  annotations: z.record(z.string(), z.string()).optional(),
});
const configSchema = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  created: z.iso.datetime({ offset: true }).optional(),
});
const OCI = "org.opencontainers.image";

/** Writes into what a builder made where it comes from, and puts images of several platforms into an index. Throws BuildFailed. */
export async function describeImages(
  { images, basesUsed }: Pick<BuildResult, "images" | "basesUsed">,
  wish: { readonly origin: ImageOrigin; readonly into: string },
): Promise<DescribedImages> {
  const { origin, into } = wish;
  const parts = [];
  for (const image of images) parts.push(await describe(image, origin, basesUsed));
  const [only] = parts;
  if (only === undefined) throw new Error("a build ended without an image");
  if (parts.length === 1) return { whole: only, parts: [] };
  await mkdir(into);
  const annotations = annotationsOf(origin, {
    // An index of the same images is the same index.
    created: parts
      .flatMap((part) => part.created ?? [])
      .toSorted()
      .at(-1),
    base: basesUsed.find(({ reference }) => reference === origin.base),
  });
  const whole = await writeIndex(into, { images: parts, annotations });
  return { whole: { ...whole, platform: undefined }, parts };
}

async function describe(
  { folder, platform: asked }: BuildResult["images"][number],
  origin: ImageOrigin,
  basesUsed: BuildResult["basesUsed"],
): Promise<DescribedImage & { readonly platform: string; readonly created: string | undefined }> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, name), "utf8"));
  const manifest = manifestSchema.parse(await read("manifest.json"));
  const config = configSchema.parse(await read(manifest.config.digest.slice(7)));
  const { created } = config;
  const platform = choosePlatform(config, asked);
  const used = basesUsed.filter(({ reference }) => reference === origin.base);
  const base = used.find((one) => one.platform === platform) ?? used[0];
  const annotations = { ...manifest.annotations, ...annotationsOf(origin, { created, base }) };
  return { ...(await writeManifest(folder, { ...manifest, annotations })), platform, created };
}

function annotationsOf(
  { revision, source, base: name }: ImageOrigin,
  {
    created,
    base,
  }: {
    readonly created: string | undefined;
    readonly base: BuildResult["basesUsed"][number] | undefined;
  },
): Record<string, string> {
  return {
    ...(created === undefined ? {} : { [`${OCI}.created`]: created }),
    [`${OCI}.revision`]: revision,
    [`${OCI}.source`]: source,
    ...(name === undefined ? {} : { [`${OCI}.base.name`]: name }),
    ...(base === undefined ? {} : { [`${OCI}.base.digest`]: base.digest }),
  };
}
