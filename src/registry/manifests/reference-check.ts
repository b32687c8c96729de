import type { Kysely } from "kysely";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { OciError, OciErrors } from "../../oci/error.ts";
import type { Manifest } from "../../oci/manifest.ts";
import { isForeignLayer } from "../../oci/media-type.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { filterReadableDigests } from "../store/blobs-store.ts";
import { filterKnownManifests, listGrandchildren } from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";

/** An index, and three more below it, before the images. */
const INDEX_DEPTH_LIMIT = 4;

/** What a manifest may name that is not here. */
export interface ReferencePolicy {
  /** Whether an index may name children that were not pushed ("sparse" indexes). */
  readonly missingChildren: "accept" | "refuse";
  /** Whether an image may name a config or layers that were not pushed. */
  readonly missingBlobs: "accept" | "refuse";
  /** Throws MANIFEST_INVALID for a layer whose `urls` are not allowed here. */
  readonly assertForeignUrls: (layer: Descriptor) => void;
}

/**
 * Throws one MANIFEST_BLOB_UNKNOWN for each blob or child that the repository does not have. Layers that live elsewhere
 * (foreign, non-distributable) need not be here, a config always; an empty `data`-carrying descriptor must be, like any other.
 */
export async function assertReferencesExist(
  db: Kysely<RegistryTables>,
  question: {
    repositoryId: RepositoryId | undefined;
    manifest: Manifest;
    policy: ReferencePolicy;
  },
): Promise<void> {
  const { repositoryId, manifest, policy } = question;
  const config = manifest.config === undefined ? [] : [manifest.config];
  const here = manifest.layers.filter((layer) => !isForeignLayer(layer));
  for (const layer of manifest.layers) policy.assertForeignUrls(layer);
  const needed = policy.missingBlobs === "refuse" ? unique([...config, ...here]) : [];
  if (repositoryId !== undefined) {
    await assertNotTooDeep(db, repositoryId, unique(manifest.children));
  }
  const children = policy.missingChildren === "refuse" ? unique(manifest.children) : [];
  const missing =
    repositoryId === undefined
      ? [...needed, ...children]
      : [
          ...without(needed, await filterReadableDigests(db, repositoryId, needed)),
          ...without(children, await filterKnownManifests(db, repositoryId, children)),
        ];
  if (missing.length === 0) return;
  throw new OciErrors(missing.map((digest) => new OciError("MANIFEST_BLOB_UNKNOWN", { digest })));
}

/** Refuses indexes within indexes beyond a depth at which every client still follows them. */
async function assertNotTooDeep(
  db: Kysely<RegistryTables>,
  repositoryId: RepositoryId,
  children: readonly Digest[],
): Promise<void> {
  let level = children;
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > INDEX_DEPTH_LIMIT) {
      throw new OciError("MANIFEST_INVALID", null, {
        message: `manifest invalid: indexes are nested deeper than ${INDEX_DEPTH_LIMIT} levels`,
      });
    }
    level = await listGrandchildren(db, repositoryId, level);
  }
}

function unique(descriptors: readonly Descriptor[]): readonly Digest[] {
  return [...new Set(descriptors.map((descriptor) => descriptor.digest))];
}

function without(all: readonly Digest[], known: ReadonlySet<Digest>): readonly Digest[] {
  return all.filter((digest) => !known.has(digest));
}
