import { text } from "node:stream/consumers";
import type { Kysely } from "kysely";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import {
  filterReadableDigests,
  findAnyManifest,
  type RegistryTables,
} from "../../registry/index.ts";
import { parseImageConfig } from "../sources/image-config.ts";
import { type ImageSource, ImageUnreadable } from "../sources/image-source.ts";

export interface HubImageDeps {
  readonly db: Kysely<RegistryTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
}

export type HubImage =
  | { readonly kind: "image"; readonly image: ImageSource }
  /** Nothing that packages could be in. */
  | { readonly kind: "nothing"; readonly reason: string }
  /** No repository has it any more. */
  | { readonly kind: "gone" };

const CONFIG_BYTES = 8 * 1024 * 1024;
const IMAGE_CONFIGS: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);
const LAYER = /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./;

/** An image of the hub's own store: nothing that an image names is ever fetched from elsewhere. Throws ImageUnreadable. */
export async function openHubImage(digest: Digest, deps: HubImageDeps): Promise<HubImage> {
  const found = await findAnyManifest(deps.db, digest);
  if (found === undefined) return { kind: "gone" };
  const manifest = parseManifest({ bytes: found.payload, contentType: found.mediaType });
  const reason = reasonForNothing(manifest);
  if (reason !== undefined) return { kind: "nothing", reason };
  await assertOwned(digest, manifest, deps.db);
  const configJson = await readConfig(manifest, deps);
  const config = parseImageConfig(configJson);
  if (config.diffIds.length !== manifest.layers.length) {
    throw new ImageUnreadable(
      `its configuration names ${config.diffIds.length} layers and its manifest ${manifest.layers.length}`,
    );
  }
  const layers = manifest.layers.map((layer, index) => ({
    diffId: config.diffIds[index] ?? "",
    blob: layer.digest,
    open: () => readLayer(layer.digest, deps),
  }));
  return { kind: "image", image: { names: [], digest, config, configJson, layers } };
}

function reasonForNothing({ kind, config, layers }: Manifest): string | undefined {
  if (kind === "index") return "it is an index: the images that it lists are scanned";
  if (config === undefined || !IMAGE_CONFIGS.has(config.mediaType)) {
    return "it is not the image of a container";
  }
  const isAttestation = layers.some(({ mediaType }) => !LAYER.test(mediaType));
  return isAttestation ? "its layers are no file systems" : undefined;
}

/**
 * A manifest may name what its repository has no right to: layers that are said to live elsewhere, or anything where `manifests.missingBlobs`
 * lets it. What lies in repositories of others is not read for it. Throws ImageUnreadable.
 */
async function assertOwned(
  digest: Digest,
  { config, layers }: Manifest,
  db: HubImageDeps["db"],
): Promise<void> {
  const named = [config, ...layers].flatMap((one) => one?.digest ?? []);
  let missing = [...new Set(named)];
  const holders = await db
    .selectFrom("manifests")
    .select("repository_id as repository")
    .where("digest", "=", digest)
    .orderBy("id")
    .execute();
  for (const { repository } of holders) {
    const owned = await filterReadableDigests(db, repository, missing);
    missing = missing.filter((one) => !owned.has(one));
    if (missing.length === 0) return;
  }
  const [first] = missing;
  if (first !== undefined) throw notHere(first);
}

async function readConfig({ config }: Manifest, { blobs }: HubImageDeps): Promise<string> {
  if (config === undefined || !isDigest(config.digest)) {
    throw new ImageUnreadable("it has no configuration");
  }
  // What the manifest says of the size is somebody's word.
  const size = await blobs.size(config.digest);
  if (size !== undefined && size > CONFIG_BYTES) {
    throw new ImageUnreadable(`its configuration has ${size} bytes, which is more than is read`);
  }
  const stream = await blobs.read(config.digest);
  if (stream === undefined) throw notHere(config.digest);
  return await text(stream);
}

async function* readLayer(digest: string, { blobs }: HubImageDeps): AsyncGenerator<Buffer> {
  const stream = isDigest(digest) ? await blobs.read(digest) : undefined;
  if (stream === undefined) throw notHere(digest);
  yield* stream as AsyncIterable<Buffer>;
}

function notHere(digest: string): ImageUnreadable {
  return new ImageUnreadable(
    `this hub does not have ${digest}: push the image with all its layers`,
  );
}
