import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../cli/command.ts";
import type { FetchedManifest, RegistryClient } from "../client/registry-client.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex, toDigest } from "../oci/digest.ts";
import { type Manifest, parseManifest } from "../oci/manifest.ts";
import { rootOfCompanion } from "../oci/referrers.ts";

/** An image, and what is said to be signatures of it. */
export interface ImageWithSignatures {
  readonly image: FetchedManifest;
  /** Manifests that hold signatures, among others. */
  readonly companions: readonly Manifest[];
  readBlob(digest: Digest, limit: number): Promise<Buffer>;
}

/** More than any image has; whoever may push could attach thousands. */
const COMPANIONS = 200;

/** Of a registry: referrers, what older clients list under a tag, and the tags of older cosign. */
export async function findInRegistry(
  registry: RegistryClient,
  reference: string,
): Promise<ImageWithSignatures | undefined> {
  const image = await registry.findManifest(reference);
  if (image === undefined) return undefined;
  const hex = digestHex(image.digest);
  const listed = await registry.listReferrers(image.digest);
  const tags = [".sig", ".att"].map((kind) => `sha256-${hex}${kind}`);
  const companions: Manifest[] = [];
  for (const one of [...listed.slice(0, COMPANIONS), ...tags]) {
    const found = await registry.findManifest(one);
    if (found !== undefined) companions.push(read(found));
  }
  return { image, companions, readBlob: (digest, limit) => registry.getBlob(digest, limit) };
}

function read({ bytes, mediaType }: Pick<FetchedManifest, "bytes" | "mediaType">): Manifest {
  return parseManifest({ bytes, contentType: mediaType || undefined });
}

const REFERENCE_NAME = "org.opencontainers.image.ref.name";

/** Of an OCI image layout: whatever it lists that names the image as its subject. */
export async function findInLayout(
  directory: string,
  reference: string,
): Promise<ImageWithSignatures | undefined> {
  const index = await readFileOf(join(directory, "index.json"), 4 * 1024 * 1024);
  const { children } = parseManifest({ bytes: index, contentType: undefined });
  const named = children.find(
    ({ digest, annotations }) =>
      digest === reference || nameOf(annotations).split(/[:/]/).at(-1) === reference,
  );
  const images = children.filter(({ artifactType, annotations }) => {
    return artifactType === undefined && rootOfCompanion(nameOf(annotations)) === undefined;
  });
  const chosen = named ?? (images.length === 1 ? images[0] : undefined);
  if (chosen === undefined) return undefined;
  const readBlob = (digest: Digest, limit: number) => readBlobOf(directory, digest, limit);
  const bytes = await readBlob(chosen.digest, chosen.size);
  const image = { digest: chosen.digest, mediaType: chosen.mediaType, bytes };
  const companions: Manifest[] = [];
  for (const child of children.slice(0, COMPANIONS)) {
    if (child === chosen) continue;
    const manifest = read({ bytes: await readBlob(child.digest, child.size), ...child });
    if (belongsTo(manifest, child, chosen.digest)) companions.push(manifest);
  }
  return { image, companions, readBlob };
}

function belongsTo({ subject }: Manifest, { annotations }: Descriptor, digest: Digest): boolean {
  if (subject !== undefined) return subject.digest === digest;
  return rootOfCompanion(nameOf(annotations)) === digest;
}

function nameOf(annotations: Descriptor["annotations"]): string {
  return annotations?.[REFERENCE_NAME] ?? "";
}

async function readBlobOf(directory: string, digest: Digest, limit: number): Promise<Buffer> {
  const algorithm = digestAlgorithm(digest);
  const path = join(directory, "blobs", algorithm, digestHex(digest));
  const bytes = await readFileOf(path, limit);
  const found = toDigest(algorithm, createHash(algorithm).update(bytes).digest("hex"));
  if (found === digest) return bytes;
  throw new CommandError("failed", `${path} holds something else than its name says`);
}

/** A layout from elsewhere may hold links to anything. */
async function readFileOf(path: string, limit: number): Promise<Buffer> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { size } = await file.stat();
    if (size <= limit) return await file.readFile();
  } catch (cause) {
    throw new CommandError("failed", `could not read ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
  throw new CommandError("failed", `${path} is larger than is read`);
}
