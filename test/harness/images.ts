import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type TarEntry, writeTar } from "./tar.ts";

/** Bytes with the name the registry will know them by. */
export type Content = {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
};

export type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
};

export type Image = {
  readonly manifest: Content;
  readonly config: Content;
  readonly layers: readonly Content[];
  readonly platform: Platform;
};

export type ImageIndex = { readonly manifest: Content; readonly images: readonly Image[] };

export type Platform = { readonly os: string; readonly architecture: string };

export type ImageOptions = {
  readonly layers?: readonly Buffer[];
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  /** As a Dockerfile sets them. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What each layer was made by, as builders write it: buildah builds on nothing else. */
  readonly history?: boolean;
};

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

export const AMD64: Platform = { os: "linux", architecture: "amd64" };
export const ARM64: Platform = { os: "linux", architecture: "arm64" };

export type Algorithm = "sha256" | "sha512";

export function digestOf(bytes: Uint8Array, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

export function content(mediaType: string, bytes: Buffer, algorithm?: Algorithm): Content {
  return { mediaType, bytes, digest: digestOf(bytes, algorithm) };
}

export function json(mediaType: string, value: unknown, algorithm?: Algorithm): Content {
  return content(mediaType, Buffer.from(JSON.stringify(value)), algorithm);
}

/** A layer (uncompressed) holding one file of random bytes, so that no two tests share content by accident. */
export function randomLayer(size = 2_000): Buffer {
  const name = `random-${randomBytes(6).toString("hex")}`;
  return writeTar([{ name, content: randomBytes(size) }]);
}

/** An image of a single platform made of nothing but its layers; two random ones unless given. */
export function buildImage(options: ImageOptions = {}): Image {
  const tars = options.layers ?? [randomLayer(), randomLayer()];
  const platform = options.platform ?? AMD64;
  const layers = tars.map((tar) => content(OCI_LAYER, gzipSync(tar, { level: 0 })));
  const config = json(OCI_CONFIG, {
    ...platform,
    config: {
      Entrypoint: ["/bin/busybox"],
      ...(options.labels && { Labels: options.labels }),
    },
    rootfs: { type: "layers", diff_ids: tars.map((tar) => digestOf(tar)) },
    ...(options.history === true && {
      history: tars.map((_tar, index) => ({ created_by: `layer ${index}` })),
    }),
  });
  const manifest = json(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptor(config),
    layers: layers.map(descriptor),
    ...(options.annotations && { annotations: options.annotations }),
  });
  return { manifest, config, layers, platform };
}

/** One name for several platforms. */
export function buildIndex(images: readonly Image[]): ImageIndex {
  const manifest = json(OCI_INDEX, {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: images.map((image) => ({
      ...descriptor(image.manifest),
      platform: image.platform,
    })),
  });
  return { manifest, images };
}

/** Writes an OCI image layout that skopeo reads as `oci:DIRECTORY:TAG`. */
export async function writeOciLayout(
  directory: string,
  tag: string,
  source: Image | ImageIndex,
): Promise<void> {
  await mkdir(join(directory, "blobs", "sha256"), { recursive: true });
  for (const { name, content } of ociLayout(tag, source)) {
    await writeFile(join(directory, name), content);
  }
}

/** The files of an OCI image layout; `tag` is a tag or a whole image name, as the reader wants it. */
export function ociLayout(tag: string, source: Image | ImageIndex): readonly TarEntry[] {
  const images = "images" in source ? source.images : [source];
  const blobs = images.flatMap((image) => [image.manifest, image.config, ...image.layers]);
  const annotations = { "org.opencontainers.image.ref.name": tag };
  const index = {
    schemaVersion: 2,
    manifests: [{ ...descriptor(source.manifest), annotations }],
  };
  return [
    ...[...blobs, source.manifest].map(({ digest, bytes }) => ({
      name: `blobs/${digest.replace(":", "/")}`,
      content: bytes,
    })),
    { name: "index.json", content: Buffer.from(JSON.stringify(index)) },
    { name: "oci-layout", content: Buffer.from(`{"imageLayoutVersion":"1.0.0"}`) },
  ];
}

/** What `docker build -` reads: a Dockerfile from scratch in which each of the files becomes a layer. */
function buildContext(files: readonly TarEntry[], extraLines: readonly string[] = []) {
  const copies = files.map(({ name }) => `COPY ${name} /${name}`);
  const dockerfile = ["FROM scratch", ...copies, ...extraLines].join("\n");
  return writeTar([...files, { name: "Dockerfile", content: Buffer.from(dockerfile) }]);
}

/** A build context for an image that runs: Debian's busybox, which needs no other file. */
export async function busyboxContext(): Promise<Buffer> {
  const busybox = await readFile("/bin/busybox");
  return buildContext([{ name: "bin/busybox", content: busybox }], [`ENTRYPOINT ["/bin/busybox"]`]);
}

/** A build context with `count` layers of random bytes. */
export function randomContext(count = 2, size = 2_000): Buffer {
  const files = Array.from({ length: count }, (_, index) => ({
    name: `layer-${index}`,
    content: randomBytes(size),
  }));
  return buildContext(files);
}

export function descriptor({ mediaType, digest, bytes }: Content): Descriptor {
  return { mediaType, digest, size: bytes.length };
}
