import { text } from "node:stream/consumers";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { isJsonObject } from "../../oci/json-field.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { filterReadableDigests } from "../store/blobs-store.ts";
import { findManifestOf } from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import { findTombstone } from "../store/tombstones-store.ts";

interface ImageReaderDeps {
  readonly database: Database<RegistryTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly clock: () => Date;
}

const CONFIG_BYTES = 1024 * 1024;

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
        readonly config: Readonly<Record<string, unknown>> | undefined;
      }
    | undefined
  > {
    const { database, clock } = this.#deps;
    const { reader } = database;
    const found =
      (await findManifestOf(reader, repositoryId, digest)) ??
      (await findTombstone(reader, repositoryId, { digest, now: clock() }));
    if (found === undefined) return undefined;
    const { payload: bytes, mediaType: contentType } = found;
    const manifest = parseManifest({ bytes, contentType });
    return { digest, manifest, config: await this.#readConfig(repositoryId, manifest.config) };
  }

  /** A manifest may name what its repository has no right to, where `manifests.missingBlobs` lets it. */
  async #readConfig(
    repositoryId: RepositoryId,
    config: Descriptor | undefined,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    if (config === undefined || !isDigest(config.digest)) return undefined;
    const { digest } = config;
    const { database, blobs } = this.#deps;
    const readable = await filterReadableDigests(database.reader, repositoryId, [digest]);
    if (!readable.has(digest)) return undefined;
    const size = await blobs.size(digest);
    if (size === undefined || size > CONFIG_BYTES) return undefined;
    const stream = await blobs.read(digest);
    return stream === undefined ? undefined : parseObject(await text(stream));
  }
}

function parseObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // An artifact's configuration may be anything; then there is nothing to say of it.
    return undefined;
  }
}
