import { createHash } from "node:crypto";
import { constants, createWriteStream } from "node:fs";
import { type FileHandle, link, mkdir, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestHex, toDigest } from "../../oci/digest.ts";
import { isJsonObject } from "../../oci/json-field.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import { DOCKER_IMAGE } from "../../oci/media-type.ts";
import { BuildFailed } from "./build-failed.ts";

interface Layer {
  readonly mediaType: string;
  readonly size: number;
  readonly digest: Digest;
}

interface FinishOrder {
  /** What the builder left: layers as they are unpacked. Whoever broke out of the builder may have written there. */
  readonly from: string;
  /** Where the image is to lie; made here. */
  readonly into: string;
  /** Images that it may be based on, whose layers are taken as they were pulled. */
  readonly bases: readonly string[];
  readonly signal: AbortSignal;
}

const SMALL_BYTES = 8 * 1024 * 1024;
const GZIP_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";

/** Proves that the image is what it says, compresses its layers, and answers the digest of its manifest. */
export async function finishImage({ from, into, bases, signal }: FinishOrder): Promise<Digest> {
  await mkdir(into, { recursive: true });
  const { manifest, config, diffIds } = await readImage(from);
  await writeFile(join(into, digestHex(config.digest)), config.bytes);
  const known = new Map<Digest, { folder: string; layer: Layer }>();
  for (const folder of bases)
    for (const [diffId, layer] of await listPulledLayers(folder))
      known.set(diffId, { folder, layer });
  const layers: Layer[] = [];
  for (const [index, { digest }] of manifest.layers.entries()) {
    const diffId = diffIds[index];
    if (diffId === undefined || diffId !== digest) throw unexpected("its layers are others");
    const pulled = known.get(diffId);
    if (pulled === undefined) {
      layers.push(await compress({ from, into, digest, signal }));
      continue;
    }
    const name = digestHex(pulled.layer.digest);
    await link(join(pulled.folder, name), join(into, name)).catch(ignorePresent);
    layers.push(pulled.layer);
  }
  const bytes = Buffer.from(
    JSON.stringify({
      ...{ schemaVersion: 2, mediaType: DOCKER_IMAGE },
      config: { mediaType: DOCKER_CONFIG, size: config.bytes.length, digest: config.digest },
      layers,
    }),
  );
  await writeFile(join(into, "manifest.json"), bytes);
  return digestOf(bytes);
}

/** Those of a base that are compressed as they may stay. */
async function listPulledLayers(folder: string): Promise<[Digest, Layer][]> {
  const { manifest, diffIds } = await readImage(folder);
  return manifest.layers.flatMap(({ mediaType, size, digest }, index) => {
    const diffId = diffIds[index];
    const isGzip = mediaType === GZIP_LAYER || mediaType?.endsWith(".image.layer.v1.tar+gzip");
    if (diffId === undefined || isGzip !== true) return [];
    return [[diffId, { mediaType: GZIP_LAYER, size, digest }] as [Digest, Layer]];
  });
}

async function readImage(folder: string): Promise<{
  readonly manifest: Manifest;
  readonly config: { readonly bytes: Buffer; readonly digest: Digest };
  readonly diffIds: readonly Digest[];
}> {
  const manifest = parseManifest({
    bytes: await readSmall(join(folder, "manifest.json")),
    contentType: undefined,
  });
  const digest: Descriptor["digest"] | undefined = manifest.config?.digest;
  if (digest === undefined) throw unexpected("it has no configuration");
  const bytes = await readSmall(join(folder, digestHex(digest)));
  if (digestOf(bytes) !== digest) throw unexpected("its configuration is another");
  return { manifest, config: { bytes, digest }, diffIds: readDiffIds(bytes) };
}

function readDiffIds(config: Buffer): Digest[] {
  const value: unknown = JSON.parse(config.toString("utf8"));
  const rootfs = isJsonObject(value) ? value.rootfs : undefined;
  const ids = isJsonObject(rootfs) ? rootfs.diff_ids : undefined;
  if (!Array.isArray(ids)) throw unexpected("its configuration lists no layers");
  return ids.filter((id): id is Digest => typeof id === "string");
}

async function compress(wish: {
  readonly from: string;
  readonly into: string;
  readonly digest: Digest;
  readonly signal: AbortSignal;
}): Promise<Layer> {
  const { from, into, digest, signal } = wish;
  const raw = createHash("sha256");
  const packed = createHash("sha256");
  let size = 0;
  await using file = await openPlain(join(from, digestHex(digest)));
  const target = join(into, `${digestHex(digest)}.part`);
  const watch = (see: (chunk: Buffer) => void) =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        see(chunk);
        done(null, chunk);
      },
    });
  await pipeline(
    file.createReadStream({ autoClose: false }),
    watch((chunk) => raw.update(chunk)),
    createGzip(),
    watch((chunk) => {
      packed.update(chunk);
      size += chunk.length;
    }),
    createWriteStream(target),
    { signal },
  );
  if (toDigest("sha256", raw.digest("hex")) !== digest) throw unexpected("a layer is another");
  const name = packed.digest("hex");
  await rename(target, join(into, name));
  return { mediaType: GZIP_LAYER, size, digest: toDigest("sha256", name) };
}

async function readSmall(path: string): Promise<Buffer> {
  await using file = await openPlain(path);
  const { size } = await file.stat();
  if (size > SMALL_BYTES) throw unexpected("its manifest or configuration is too large");
  return await file.readFile();
}

/** A file, and not what a link leads to, nor what waits for a writer. */
async function openPlain(path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((cause: unknown) => {
    throw unexpected("a file of it is missing", cause);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw unexpected("a file of it is none");
}

function digestOf(bytes: Buffer): Digest {
  return toDigest("sha256", createHash("sha256").update(bytes).digest("hex"));
}

function ignorePresent(cause: NodeJS.ErrnoException): void {
  if (cause.code !== "EEXIST") throw cause;
}

function unexpected(why: string, cause?: unknown): BuildFailed {
  return new BuildFailed(`the builder left something that is no image: ${why}`, { cause });
}
