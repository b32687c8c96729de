import { BoundedCache } from "../../lib/bounded-cache.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";

/** A manifest as it is served. */
export interface ServedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly payload: Buffer;
}

const MEMORY_BYTES = 64 * 1024 * 1024;
/** What an entry costs beside its payload. */
const OVERHEAD_BYTES = 600;

/**
 * Manifests that are asked for again and again. A tag's entry is forgotten after the commit that moved the tag and
 * before the pusher is answered, so nobody reads an older value after a newer one was acknowledged.
 */
export class ManifestCache {
  readonly #served = new BoundedCache<ServedManifest>(MEMORY_BYTES);

  get version(): number {
    return this.#served.version;
  }

  get(repository: RepositoryName, reference: Tag | Digest): ServedManifest | undefined {
    return this.#served.get(`${repository} ${reference}`);
  }

  fill(
    repository: RepositoryName,
    reference: Tag | Digest,
    entry: { manifest: ServedManifest; version: number },
  ): void {
    this.#served.fill(`${repository} ${reference}`, {
      value: entry.manifest,
      weight: entry.manifest.payload.length + OVERHEAD_BYTES,
      version: entry.version,
    });
  }

  forget(repository: RepositoryName, references: Iterable<Tag | Digest>): void {
    for (const reference of references) this.#served.forget(`${repository} ${reference}`);
  }

  /** A name has come to mean something else, which is rare. */
  forgetAll(): void {
    this.#served.clear();
  }
}
