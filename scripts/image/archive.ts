import { createHash } from "node:crypto";
import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./command.ts";
import type { imageConfig } from "./image-config.ts";
import type { Layer } from "./layer.ts";

export type Image = {
  readonly config: ReturnType<typeof imageConfig>;
  readonly layers: readonly Layer[];
  /** The names it is loaded under: "berth:0.1.0". */
  readonly names: readonly string[];
};

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

/**
 * Writes an archive that is an OCI image layout and a docker archive at once: `docker load`, `podman load`,
 * `ctr images import` and skopeo all take it.
 */
export async function writeArchive(image: Image, directory: string, file: string): Promise<string> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(join(directory, "blobs/sha256"), { recursive: true });
  for (const layer of image.layers) await link(layer.file, blobPath(directory, layer.digest));
  const config = await writeBlob(directory, "application/vnd.oci.image.config.v1+json", {
    ...image.config,
    rootfs: { type: "layers", diff_ids: image.layers.map((layer) => layer.diffId) },
    history: image.layers.map(({ comment }) => ({
      created: image.config.created,
      created_by: comment,
    })),
  });
  const manifest = await writeManifest(image, config, directory);
  await writeIndexes(image, { config, manifest }, directory);
  await mkdir(dirname(file), { recursive: true });
  run("tar", ["--create", "--sort=name", `--file=${file}`, `--directory=${directory}`, "."]);
  await rm(directory, { recursive: true });
  return manifest.digest;
}

async function writeManifest(image: Image, config: Descriptor, directory: string) {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const layers = image.layers.map(({ digest, size }) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    digest,
    size,
  }));
  return writeBlob(directory, mediaType, { schemaVersion: 2, mediaType, config, layers });
}

async function writeIndexes(
  { names, layers }: Image,
  { config, manifest }: { config: Descriptor; manifest: Descriptor },
  directory: string,
): Promise<void> {
  const manifests = names.map((name) => ({
    ...manifest,
    annotations: {
      "io.containerd.image.name": `docker.io/library/${name}`,
      "org.opencontainers.image.ref.name": name.split(":").pop(),
    },
  }));
  const dockerEntry = {
    Config: blobPath("", config.digest),
    RepoTags: names,
    Layers: layers.map((layer) => blobPath("", layer.digest)),
  };
  await writeJson(join(directory, "oci-layout"), { imageLayoutVersion: "1.0.0" });
  await writeJson(join(directory, "index.json"), { schemaVersion: 2, manifests });
  await writeJson(join(directory, "manifest.json"), [dockerEntry]);
}

async function writeBlob(
  directory: string,
  mediaType: string,
  value: unknown,
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  await writeFile(blobPath(directory, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}

function blobPath(directory: string, digest: string): string {
  return join(directory, "blobs/sha256", digest.replace("sha256:", ""));
}
