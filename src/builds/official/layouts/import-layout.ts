import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { excerpt } from "../../../lib/excerpt.ts";
import { type Descriptor, parseDescriptor } from "../../../oci/descriptor.ts";
import { digestHex } from "../../../oci/digest.ts";
import { OciError } from "../../../oci/error.ts";
import { MANIFEST_BYTES_LIMIT, parseManifest } from "../../../oci/manifest.ts";
import { DOCKER_IMAGE, OCI_IMAGE } from "../../../oci/media-type.ts";
import type { BuildSource } from "../parse-definition.ts";
import { assertPlatform, checkConfig } from "./check-config.ts";
import { copyBlob, type LayoutPlace, openPlace, readBlob, readLayoutFile } from "./layout-files.ts";
import { LayoutRefused } from "./layout-refused.ts";

interface ImportWish {
  /** Such as `linux/arm64`: what the image has to be for. */
  readonly platform: string;
  /** Of all blobs together. */
  readonly limitBytes: number;
  /** An empty folder. */
  readonly into: string;
  readonly signal: AbortSignal;
}

/** `manifest.json`, and blobs under the hexadecimal parts of their digests. */
export interface ImportedFiles {
  readonly digest: string;
  readonly folder: string;
  /** Whether it says of each of its layers what made it. */
  readonly hasHistory: boolean;
}

interface LayoutImage {
  readonly descriptor: Descriptor;
  readonly manifestBytes: Buffer;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

const VERSION_BYTES = 64 * 1024;
const CONFIG_BYTES = 4 * 1024 * 1024;
/** The Docker Engine runs no image of more. */
const LAYERS = 127;
const IMAGES = [OCI_IMAGE, DOCKER_IMAGE];
const CONFIGS = [
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
];
const LAYER_TYPES = [
  "application/vnd.oci.image.layer.v1.tar",
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.docker.image.rootfs.diff.tar",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
];

/**
 * What docker-library calls `oci-import`: the one image of a layout, byte for byte, as a builder would have left it. Every blob is
 * compared with its descriptor while it is copied. Throws LayoutRefused.
 */
export async function importLayout(
  repository: LayoutPlace["repository"],
  source: Pick<BuildSource, "gitCommit" | "directory" | "file">,
  wish: ImportWish,
): Promise<ImportedFiles> {
  const { into, platform, signal } = wish;
  const commit = source.gitCommit;
  const place = await openPlace({ repository, commit, signal }, source.directory);
  const image = await readImage(place, source.file, platform);
  const { descriptor, manifestBytes, config, layers } = image;
  assertFits([config, ...layers], wish.limitBytes);
  const configBytes = await readBlob(place, config, CONFIG_BYTES);
  const { hasHistory } = checkConfig(configBytes, { platform, layers: layers.length });
  const blobs = new Map(layers.map((layer) => [layer.digest, layer]));
  blobs.delete(config.digest);
  for (const blob of blobs.values()) {
    signal.throwIfAborted();
    await copyBlob(place, blob, join(into, digestHex(blob.digest)));
  }
  await writeFile(join(into, digestHex(config.digest)), configBytes);
  await writeFile(join(into, "manifest.json"), manifestBytes);
  // As builders leave it, which take such a folder for an image.
  await writeFile(join(into, "version"), "Directory Transport Version: 1.1\n");
  return { digest: descriptor.digest, folder: into, hasHistory };
}

async function readImage(place: LayoutPlace, file: string, platform: string): Promise<LayoutImage> {
  await assertVersion(place);
  const descriptor = await readDescriptor(place, file);
  assertPlain(descriptor, { what: file, types: IMAGES });
  if (descriptor.platform !== undefined) assertPlatform(descriptor.platform, platform, file);
  const manifestBytes = await readBlob(place, descriptor, MANIFEST_BYTES_LIMIT);
  const { mediaType } = descriptor;
  const manifest = parsed("the manifest", () =>
    parseManifest({ bytes: manifestBytes, contentType: mediaType }),
  );
  const { config, layers, subject, artifactType } = manifest;
  if (config === undefined || subject !== undefined || artifactType !== undefined)
    throw new LayoutRefused("type", "its manifest is one of an artifact, and none of an image");
  // Without it, two readers may take it for two kinds of things (GHSA-77vh-xpmg-72qh).
  if (!Object.hasOwn(parseJson(manifestBytes, "manifest") as object, "mediaType"))
    throw new LayoutRefused("type", "its manifest does not say its mediaType");
  if (layers.length > LAYERS)
    throw new LayoutRefused("too large", `it has ${layers.length} layers, of at most ${LAYERS}`);
  assertPlain(config, { what: "the manifest's config", types: CONFIGS });
  for (const [at, layer] of layers.entries())
    assertPlain(layer, { what: `the manifest's layers[${at}]`, types: LAYER_TYPES });
  return { descriptor, manifestBytes, config, layers };
}

async function assertVersion(place: LayoutPlace): Promise<void> {
  const bytes = await readLayoutFile(place, "oci-layout", VERSION_BYTES);
  const { imageLayoutVersion: version } = (parseJson(bytes, "oci-layout") ?? {}) as {
    readonly imageLayoutVersion?: unknown;
  };
  if (version === "1.0.0") return;
  const said = excerpt(JSON.stringify(version) ?? "nothing");
  const message = `its oci-layout says ${said} for imageLayoutVersion, and not "1.0.0"`;
  throw new LayoutRefused("version", message);
}

/** Of the only manifest of `index.json`; any other file is a descriptor by itself, as `bashbrew` has it. */
async function readDescriptor(place: LayoutPlace, file: string): Promise<Descriptor> {
  const bytes = await readLayoutFile(place, file, MANIFEST_BYTES_LIMIT);
  if (file !== "index.json") {
    const value = parseJson(bytes, file);
    return parsed(file, () => parseDescriptor(value, "the descriptor"));
  }
  const { children, kind } = parsed(file, () => parseManifest({ bytes, contentType: undefined }));
  const [only, another] = children;
  if (kind !== "index") throw new LayoutRefused("type", `its ${file} is no index`);
  if (only !== undefined && another === undefined) return only;
  const message = `its ${file} names ${children.length} manifests, and exactly one is imported`;
  throw new LayoutRefused("manifests", message);
}

/** Content of a type that everybody reads, which lies in the layout and nowhere else. */
function assertPlain(
  { mediaType, urls = [], artifactType }: Descriptor,
  { what, types }: { readonly what: string; readonly types: readonly string[] },
): void {
  if (!types.includes(mediaType)) {
    const message = `${what} is of the type ${excerpt(mediaType)}, and not ${types.join(" or ")}`;
    throw new LayoutRefused("type", message);
  }
  if (urls.length > 0) throw new LayoutRefused("type", `${what} names urls to fetch it from`);
  if (artifactType !== undefined) throw new LayoutRefused("type", `${what} is of an artifact`);
}

function assertFits(blobs: readonly Descriptor[], limitBytes: number): void {
  const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= limitBytes) return;
  const most = Math.round(limitBytes / 1024 / 1024);
  throw new LayoutRefused("too large", `its blobs have more than ${most} MiB (builds.disk)`);
}

function parseJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new LayoutRefused("unreadable", `its ${what} is not JSON`, { cause });
  }
}

function parsed<Value>(what: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof OciError)) throw cause;
    throw new LayoutRefused("unreadable", `${what}: ${cause.message}`, { cause });
  }
}
