import { createHash } from "node:crypto";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex } from "../../oci/digest.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { ReadableLayer } from "../layers/analyse-layer.ts";
import { parseImageConfig } from "./image-config.ts";
import type { ImageFiles } from "./image-files.ts";
import { type ImageSource, ImageUnreadable } from "./image-source.ts";

const MIB = 1024 * 1024;
const REFERENCE_NAME = "org.opencontainers.image.ref.name";
const CONTAINERD_NAME = "io.containerd.image.name";
/** Indexes that list indexes; nobody nests deeper. */
const DEPTH_LIMIT = 4;

export interface ImageChoice {
  /** The tag, or the whole name, where there are several images. */
  readonly name?: string;
  /** `linux/arm64/v8`, where the image is for several. */
  readonly platform: string;
}

/** Reads an OCI image layout (image-spec, image-layout.md). Undefined if there is none. */
export async function findLayoutImage(
  files: ImageFiles,
  choice: ImageChoice,
): Promise<ImageSource | undefined> {
  if ((await files.read("oci-layout", MIB)) === undefined) return undefined;
  const bytes = await files.read("index.json", 4 * MIB);
  if (bytes === undefined) throw new ImageUnreadable("the layout has no index.json");
  const index = parseManifest({ bytes, contentType: undefined });
  const named = chooseByName(index.children, choice.name);
  const { digest, manifest } = await descend(files, named, choice.platform);
  if (manifest.config === undefined) {
    throw new ImageUnreadable(`${digest} is an artifact and no image`);
  }
  const json = await readBlob(files, manifest.config.digest);
  const configJson = json.toString("utf8");
  const config = parseImageConfig(configJson);
  if (config.diffIds.length !== manifest.layers.length) {
    throw new ImageUnreadable("the manifest and the configuration name different layers");
  }
  const layers = config.diffIds.map((diffId, at) =>
    toLayer(files, { diffId, digest: manifest.layers[at]?.digest }),
  );
  return { names: nameOf(named), digest, config, configJson, layers };
}

function chooseByName(children: readonly Descriptor[], name: string | undefined): Descriptor {
  const images = children.filter((child) => !isAttestation(child));
  const named = name === undefined ? images : images.filter((child) => isNamed(child, name));
  const [image, another] = named;
  if (image !== undefined && another === undefined) return image;
  const names = images.flatMap(nameOf).join(", ");
  if (another !== undefined) {
    throw new ImageUnreadable(`the layout holds several images, name one of: ${names}`);
  }
  throw new ImageUnreadable(
    name === undefined ? "the layout holds no image" : `the layout holds no ${name}, but ${names}`,
  );
}

function isNamed({ digest, annotations }: Descriptor, name: string): boolean {
  return [digest, annotations?.[REFERENCE_NAME], annotations?.[CONTAINERD_NAME]].includes(name);
}

function nameOf({ annotations }: Descriptor): string[] {
  const name = annotations?.[CONTAINERD_NAME] ?? annotations?.[REFERENCE_NAME];
  return name === undefined ? [] : [name];
}

/** What BuildKit lists beside the images that it speaks of. */
function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.["vnd.docker.reference.type"] !== undefined || platform?.os === "unknown";
}

async function descend(
  files: ImageFiles,
  from: Descriptor,
  platform: string,
): Promise<{ digest: Digest; manifest: Manifest }> {
  let descriptor = from;
  for (let depth = 0; depth < DEPTH_LIMIT; depth += 1) {
    const bytes = await readBlob(files, descriptor.digest);
    const manifest = parseManifest({ bytes, contentType: descriptor.mediaType });
    if (manifest.kind === "image") return { digest: descriptor.digest, manifest };
    descriptor = chooseByPlatform(manifest.children, platform);
  }
  throw new ImageUnreadable("the layout nests indexes too deeply");
}

function chooseByPlatform(children: readonly Descriptor[], platform: string): Descriptor {
  const images = children.filter((child) => !isAttestation(child));
  const [only, another] = images;
  if (only !== undefined && another === undefined) return only;
  const chosen = images.find((child) => isFor(child, platform));
  if (chosen !== undefined) return chosen;
  const platforms = images.map(platformOf).join(", ");
  throw new ImageUnreadable(`the image is not for ${platform}, but for ${platforms}`);
}

/** `linux/arm64` means any variant of it. */
function isFor(child: Descriptor, platform: string): boolean {
  const own = platformOf(child);
  return own === platform || own.startsWith(`${platform}/`);
}

function platformOf({ platform }: Descriptor): string {
  const { os = "unknown", architecture = "unknown", variant } = platform ?? {};
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

async function readBlob(files: ImageFiles, digest: Digest): Promise<Buffer> {
  const content = await files.read(pathOf(digest), 8 * MIB);
  if (content === undefined) throw new ImageUnreadable(`${digest} is missing in the layout`);
  const found = createHash(digestAlgorithm(digest)).update(content).digest("hex");
  if (found !== digestHex(digest)) {
    throw new ImageUnreadable(`the content of ${digest} is not what its digest says`);
  }
  return content;
}

function pathOf(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** The digest of its compressed bytes need not be compared: the plain ones are, with the diff id. */
function toLayer(
  files: ImageFiles,
  { diffId, digest }: { diffId: string; digest: Digest | undefined },
): ReadableLayer {
  return {
    diffId,
    open: async function* () {
      const content = digest === undefined ? undefined : await files.open(pathOf(digest));
      if (content === undefined) throw new ImageUnreadable(`${digest} is missing in the layout`);
      yield* content;
    },
  };
}
