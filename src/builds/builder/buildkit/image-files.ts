import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { z } from "zod";
import { BuildFailed } from "../build-failed.ts";

const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
});
const index = z.object({ manifests: z.array(descriptor) });
const manifest = z.object({ config: descriptor, layers: z.array(descriptor) });
const savedImages = z.array(z.object({ Config: z.string(), Layers: z.array(z.string()) }));

const CONFIG_TYPE = "application/vnd.docker.container.image.v1+json";
const LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";
const INDEX_TYPES = /index\.v1\+json$|manifest\.list\.v2\+json$/;

/** Of what `docker save` wrote, unpacked: the files that the hub publishes. */
export async function readSavedImage(unpacked: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const text = await readFile(join(unpacked, "manifest.json"), "utf8");
  const [image] = savedImages.parse(JSON.parse(text));
  if (image === undefined) throw new BuildFailed("the Docker Engine gave no image");
  const config = await readFile(await within(unpacked, image.Config));
  const layers = [];
  for (const layer of image.Layers) {
    const added = await addLayer(await within(unpacked, layer), folder);
    layers.push({ mediaType: LAYER_TYPE, ...added });
  }
  const configDigest = hash(config);
  await writeFile(join(folder, configDigest.slice(7)), config);
  const made = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: { mediaType: CONFIG_TYPE, digest: configDigest, size: config.length },
    layers,
  };
  const bytes = Buffer.from(JSON.stringify(made));
  await writeFile(join(folder, "manifest.json"), bytes);
  return hash(bytes);
}

/** Of an OCI image layout, unpacked: the files that the hub publishes. */
export async function readLayout(unpacked: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const blob = (digest: string) => within(unpacked, join("blobs", "sha256", digest.slice(7)));
  let found = index.parse(JSON.parse(await readFile(join(unpacked, "index.json"), "utf8")));
  for (;;) {
    const [first] = found.manifests;
    if (first === undefined) throw new BuildFailed("the builder gave no image");
    const bytes = await readFile(await blob(first.digest));
    if (INDEX_TYPES.test(first.mediaType)) {
      found = index.parse(JSON.parse(bytes.toString("utf8")));
      continue;
    }
    const { config, layers } = manifest.parse(JSON.parse(bytes.toString("utf8")));
    for (const digest of new Set([config, ...layers].map((one) => one.digest)))
      await rename(await blob(digest), join(folder, digest.slice(7)));
    await writeFile(join(folder, "manifest.json"), bytes);
    return hash(bytes);
  }
}

async function addLayer(path: string, folder: string) {
  const packed = join(folder, "layer.part");
  const hashing = createHash("sha256");
  const noting = async function* (bytes: AsyncIterable<Buffer>) {
    for await (const piece of bytes) {
      hashing.update(piece);
      yield piece;
    }
  };
  const read = createReadStream(path);
  const write = createWriteStream(packed);
  if (await isPacked(path)) await pipeline(read, noting, write);
  else await pipeline(read, createGzip(), noting, write);
  const digest = `sha256:${hashing.digest("hex")}`;
  const { size } = await stat(packed);
  await rename(packed, join(folder, digest.slice(7)));
  return { digest, size };
}

async function isPacked(path: string): Promise<boolean> {
  const file = await open(path);
  await using _closing = { [Symbol.asyncDispose]: () => file.close() };
  const head = Buffer.alloc(2);
  await file.read(head, 0, 2, 0);
  return head.readUInt16BE() === 0x1f8b;
}

/** Old engines write links for layers that several images share; none may lead out. */
async function within(root: string, path: string): Promise<string> {
  const base = await realpath(root);
  const found = await realpath(join(base, path));
  if (!found.startsWith(`${base}/`)) throw new BuildFailed("the builder gave a link for an image");
  return found;
}

function hash(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
