import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** Bytes on disk that can be pushed, or laid where a static server finds them. */
export interface BlobFile {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
}

/** Bytes in memory with their digest. */
export interface Artifact {
  readonly mediaType: string;
  readonly content: Buffer;
  readonly digest: string;
}

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
/** As containerd sends it; without it docker-registry refuses OCI manifests. */
export const ACCEPT = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  MANIFEST_TYPE,
  INDEX_TYPE,
  "*/*",
].join(", ");
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";

/** Incompressible bytes that differ for each name; written once, then found again. */
export async function makeBlobFile(
  directory: string,
  name: string,
  size: number,
): Promise<BlobFile> {
  const path = join(directory, `${name}-${size}`);
  const hash = createHash("sha256");
  const chunks = noise(name, size);
  if (existsSync(path)) for (const chunk of chunks) hash.update(chunk);
  else await pipeline(hashed(chunks, hash), createWriteStream(path, { highWaterMark: 4 * MIB }));
  return { path, digest: `sha256:${hash.digest("hex")}`, size };
}

function* hashed(chunks: Iterable<Buffer>, hash: { update(chunk: Buffer): unknown }) {
  for (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** A key stream: the same name gives the same bytes. */
function* noise(name: string, size: number): Generator<Buffer> {
  const key = createHash("sha256").update(name).digest();
  const cipher = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  const zeros = Buffer.alloc(Math.min(size, MIB));
  for (let left = size; left > 0; left -= zeros.length) {
    yield cipher.update(zeros.subarray(0, Math.min(left, zeros.length)));
  }
}

/** An image manifest over blobs that exist already; `note` makes its digest differ. */
export function makeManifest(
  config: BlobFile,
  layers: readonly BlobFile[],
  note: string = randomBytes(8).toString("hex"),
): Artifact {
  const document = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: describe(config, CONFIG_TYPE),
    layers: layers.map((layer) => describe(layer, LAYER_TYPE)),
    annotations: { "org.opencontainers.image.ref.name": note },
  };
  return artifactOf(MANIFEST_TYPE, document);
}

/** An index without children: a manifest that needs nothing else to exist. */
export function makeEmptyIndex(): Artifact {
  const document = { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: [] };
  return artifactOf(INDEX_TYPE, document);
}

function artifactOf(mediaType: string, document: object): Artifact {
  const content = Buffer.from(JSON.stringify(document));
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  return { mediaType, content, digest };
}

function describe(blob: BlobFile, mediaType: string) {
  return { mediaType, digest: blob.digest, size: blob.size };
}
