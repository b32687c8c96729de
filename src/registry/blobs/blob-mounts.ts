import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Database } from "../../platform/db/index.ts";
import { findReadableBlob, listRepositoriesWithBlob } from "../store/blobs-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import type { BlobCommits } from "./blob-commits.ts";

/** How many possible sources are tried when the client names none. */
const SOURCES_LIMIT = 100;

interface MountRequest {
  readonly digest: Digest;
  readonly to: RepositoryName;
  readonly from: RepositoryName | undefined;
  /** Whether the caller may read from a repository. */
  readonly mayRead: (repository: RepositoryName) => boolean;
}

/** Cross-repository mounts: a blob that the caller can read elsewhere need not be sent again. */
export class BlobMounts {
  readonly #database: Database<RegistryTables>;
  readonly #commits: BlobCommits;

  constructor(deps: { database: Database<RegistryTables>; commits: BlobCommits }) {
    this.#database = deps.database;
    this.#commits = deps.commits;
  }

  /** False when there is nothing the caller may mount; it says no more than that, so it tells nobody what exists. */
  async mount(request: MountRequest): Promise<boolean> {
    const isReadable = await this.#canRead(request);
    return isReadable && (await this.#commits.mount(request.digest, request.to));
  }

  async #canRead(request: MountRequest): Promise<boolean> {
    const { digest, from, mayRead } = request;
    const { reader } = this.#database;
    if (from !== undefined) {
      return mayRead(from) && (await findReadableBlob(reader, from, digest)) !== undefined;
    }
    const sources = await listRepositoriesWithBlob(reader, digest, SOURCES_LIMIT);
    return sources.some((source) => mayRead(source));
  }
}
