import { parsePlatformSuffix, type SuffixPlatform } from "../../lib/platform-suffix.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { DOCKER_IMAGE, DOCKER_LIST, OCI_INDEX } from "../../oci/media-type.ts";
import type { ReadManifest } from "../../registry/index.ts";

type Platform = NonNullable<Descriptor["platform"]>;

/** What stands in an index for one platform: the image, then what attests to it. */
type Picked =
  | { readonly kind: "image"; readonly entries: readonly Descriptor[] }
  | { readonly kind: "unfit"; readonly why: string };

const ATTESTATION = "attestation-manifest";
const TYPE = "vnd.docker.reference.type";
/** No index of one image is larger; each child costs reads while others wait to push. */
const CHILDREN = 8;
const SUBJECT = "vnd.docker.reference.digest";

/**
 * The image of a part, for the platform that its suffix names. A part that is an index, as BuildKit pushes one to keep its
 * attestations, has to hold one image for that platform; the attestations to it come along.
 */
export async function pickImage(
  part: { readonly digest: Digest; readonly suffix: string },
  read: (digest: Digest) => Promise<ReadManifest | undefined>,
): Promise<Picked> {
  const wanted = parsePlatformSuffix(part.suffix);
  const found = await read(part.digest);
  if (wanted === undefined || found === undefined) return unfit("cannot be read");
  const { manifest } = found;
  if (manifest.kind === "image") {
    const platform = platformOf(found.config);
    if (platform === undefined) return unfit("holds no image that says what it runs on");
    if (!fits(platform, wanted)) return unfit(`holds an image for ${describePlatform(platform)}`);
    const { mediaType } = manifest;
    const entry = { mediaType, digest: part.digest, size: found.size };
    return { kind: "image", entries: [{ ...entry, platform: complete(platform, wanted) }] };
  }
  if (manifest.children.length > CHILDREN) return unfit(`is an index of more than ${CHILDREN}`);
  return await pickChild(manifest, { wanted, suffix: part.suffix }, read);
}

async function pickChild(
  manifest: ReadManifest["manifest"],
  { wanted, suffix }: { readonly wanted: SuffixPlatform; readonly suffix: string },
  read: (digest: Digest) => Promise<ReadManifest | undefined>,
): Promise<Picked> {
  const images: Descriptor[] = [];
  for (const child of manifest.children) {
    if (child.annotations?.[TYPE] === ATTESTATION) continue;
    const inner = await read(child.digest);
    const platform = platformOf(inner?.config);
    if (inner?.manifest.kind !== "image" || platform === undefined) continue;
    if (!fits(platform, wanted)) continue;
    const { mediaType } = inner.manifest;
    const entry = { mediaType, digest: child.digest, size: inner.size };
    images.push({ ...entry, platform: complete(platform, wanted) });
  }
  const [image] = images;
  if (image === undefined || images.length > 1) {
    return unfit(`is an index that holds ${images.length} images for ${suffix}`);
  }
  const attestations = manifest.children.filter(
    ({ annotations }) =>
      annotations?.[TYPE] === ATTESTATION && annotations[SUBJECT] === image.digest,
  );
  return { kind: "image", entries: [image, ...(await keepKnown(attestations, read))] };
}

async function keepKnown(
  descriptors: readonly Descriptor[],
  read: (digest: Digest) => Promise<ReadManifest | undefined>,
): Promise<readonly Descriptor[]> {
  const known: Descriptor[] = [];
  for (const one of descriptors) if ((await read(one.digest)) !== undefined) known.push(one);
  return known;
}

/** A list of Docker's if all it names are images of Docker's, as clients of that time want it; else an OCI index. */
export function writeIndex(entries: readonly Descriptor[]): Buffer {
  const isDocker = entries.every(({ mediaType }) => mediaType === DOCKER_IMAGE);
  const index = {
    schemaVersion: 2,
    mediaType: isDocker ? DOCKER_LIST : OCI_INDEX,
    manifests: entries.map(({ mediaType, digest, size, platform, annotations }) => ({
      ...{ mediaType, digest, size },
      ...(platform && { platform }),
      ...(annotations && { annotations }),
    })),
  };
  return Buffer.from(JSON.stringify(index, null, 2));
}

function platformOf(config: ReadManifest["config"]): Platform | undefined {
  const { os, architecture, variant } = config ?? {};
  if (!isWord(os) || !isWord(architecture)) return undefined;
  const version = config?.["os.version"];
  const features = config?.["os.features"];
  return {
    architecture,
    os,
    ...(isWord(version) && { "os.version": version }),
    ...(Array.isArray(features) && features.every(isWord) && { "os.features": features }),
    ...(isWord(variant) && { variant }),
  };
}

function isWord(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 128;
}

function fits({ os, architecture, variant }: Platform, wanted: SuffixPlatform): boolean {
  if (wanted.os !== undefined && wanted.os !== os) return false;
  if (wanted.architecture !== architecture) return false;
  return wanted.variant === undefined || variant === undefined || wanted.variant === variant;
}

/** A configuration often leaves the variant away, without which nobody would choose `arm/v7`. */
function complete(platform: Platform, { variant }: SuffixPlatform): Platform {
  return variant === undefined || platform.variant !== undefined
    ? platform
    : { ...platform, variant };
}

function describePlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

function unfit(why: string): Picked {
  return { kind: "unfit", why };
}
