import { BoundedCache } from "../../lib/bounded-cache.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Database } from "../../platform/db/index.ts";
import { findReadableBlob } from "../store/blobs-store.ts";
import type { RegistryTables } from "../store/tables.ts";

const REMEMBERED_LIMIT = 50_000;

/** Which repository may read which blob, answered from memory for blobs that are pulled again and again. */
export class BlobRights {
  readonly #database: Database<RegistryTables>;
  readonly #sizes = new BoundedCache<number>(REMEMBERED_LIMIT);
  constructor(database: Database<RegistryTables>) {
    this.#database = database;
  }

  /** The size of a blob whose right is in memory, without waiting. */
  findKnownSize(repository: RepositoryName, digest: Digest): number | undefined {
    return this.#sizes.get(`${digest} ${repository}`);
  }

  /** The blob's size; undefined if it is not live or the repository has no right to it. */
  async findSize(repository: RepositoryName, digest: Digest): Promise<number | undefined> {
    const key = `${digest} ${repository}`;
    const known = this.#sizes.get(key);
    if (known !== undefined) return known;
    const { version } = this.#sizes;
    const blob = await findReadableBlob(this.#database.reader, repository, digest);
    if (blob === undefined) return undefined;
    this.#sizes.fill(key, { value: blob.size, weight: 1, version });
    return blob.size;
  }

  /** Forgets one right. */
  forget(repository: RepositoryName, digest: Digest): void {
    this.#sizes.forget(`${digest} ${repository}`);
  }

  /** Forgets every right: a blob was doomed or quarantined, which is rare. */
  forgetAll(): void {
    this.#sizes.clear();
  }
}
