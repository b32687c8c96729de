import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, toDigest } from "../../oci/digest.ts";
import { OCI_INDEX } from "../../oci/media-type.ts";
import { BuildFailed } from "../builder/build-failed.ts";

/** An image of an index. */
export interface IndexedImage {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** Such as `linux/arm/v7`. */
  readonly platform: string;
}

/** `manifest.json` as it was written. */
export interface WrittenManifest {
  readonly folder: string;
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** One index of images for several platforms; the same images are the same index. */
export async function writeIndex(
  into: string,
  {
    images,
    annotations,
  }: {
    readonly images: readonly IndexedImage[];
    readonly annotations?: Readonly<Record<string, string>>;
  },
): Promise<WrittenManifest> {
  return await writeManifest(into, {
    ...{ schemaVersion: 2, mediaType: OCI_INDEX },
    manifests: images.map(({ mediaType, digest, size, platform }) => {
      const [os, architecture, variant] = platform.split("/");
      return { mediaType, digest, size, platform: { os, architecture, variant } };
    }),
    annotations,
  });
}

export async function writeManifest(
  folder: string,
  manifest: { readonly mediaType: string } & Readonly<Record<string, unknown>>,
): Promise<WrittenManifest> {
  const bytes = Buffer.from(JSON.stringify(manifest));
  await writeFile(join(folder, "manifest.json"), bytes);
  const digest = toDigest("sha256", createHash("sha256").update(bytes).digest("hex"));
  return { folder, mediaType: manifest.mediaType, digest, size: bytes.length };
}

/** What was asked for, if that is what the configuration of an image says. Throws BuildFailed. */
export function choosePlatform(
  config: {
    readonly os: string;
    readonly architecture: string;
    readonly variant?: string | undefined;
  },
  asked: string | undefined,
): string {
  const { os, architecture, variant } = config;
  const own = [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
  if (asked === undefined) return own;
  const [askedOs, askedArchitecture] = asked.split("/");
  if (askedOs === os && askedArchitecture === architecture) return asked;
  throw new BuildFailed(`the builder made an image for ${own} in place of one for ${asked}`);
}
