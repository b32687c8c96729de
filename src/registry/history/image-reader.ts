import type { Digest } from "../../oci/digest.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { type ImageConfig, readImageConfig } from "../blobs/image-config.ts";
import { findManifestOf } from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import { findTombstone } from "../store/tombstones-store.ts";

interface ImageReaderDeps {
  readonly database: Database<RegistryTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly clock: () => Date;
}

/** Reads manifests and configurations of a repository, also of what was deleted while it can be brought back. */
export class ImageReader {
  readonly #deps: ImageReaderDeps;

  constructor(deps: ImageReaderDeps) {
    this.#deps = deps;
  }

  async find(
    repositoryId: RepositoryId,
    digest: Digest,
  ): Promise<
    | {
        readonly digest: Digest;
        readonly manifest: Manifest;
        readonly config: ImageConfig | undefined;
      }
    | undefined
  > {
    const { database, blobs, clock } = this.#deps;
    const { reader } = database;
    const found =
      (await findManifestOf(reader, repositoryId, digest)) ??
      (await findTombstone(reader, repositoryId, { digest, now: clock() }));
    if (found === undefined) return undefined;
    const { payload: bytes, mediaType: contentType } = found;
    const manifest = parseManifest({ bytes, contentType });
    const config = await readImageConfig({ db: reader, blobs }, repositoryId, manifest.config);
    return { digest, manifest, config };
  }
}
