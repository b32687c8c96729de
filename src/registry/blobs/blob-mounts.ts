import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Database } from "../../platform/db/index.ts";
import type { PushTarget } from "../../repositories/index.ts";
import { findReadableBlob, listRepositoriesWithBlob } from "../store/blobs-store.ts";
import type { By } from "../store/repository-events.ts";
import type { RegistryTables } from "../store/tables.ts";
import type { BlobCommits } from "./blob-commits.ts";

/** How many possible sources are tried when the client names none. */
const SOURCES_LIMIT = 100;

interface MountRequest {
  readonly digest: Digest;
  readonly to: PushTarget;
  readonly from: RepositoryName | undefined;
  readonly by: By;
  /** The repository by its own name, if the caller may read from it. */
  readonly findReadable: (repository: RepositoryName) => Promise<RepositoryName | undefined>;
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
    const source = await this.#findSource(request);
    if (source === undefined) return false;
    const { digest, to: repository, by } = request;
    return await this.#commits.mount(digest, { repository, from: source, by });
  }

  async #findSource(request: MountRequest): Promise<RepositoryName | undefined> {
    const { digest, from, findReadable } = request;
    const { reader } = this.#database;
    if (from !== undefined) {
      const source = await findReadable(from);
      if (source === undefined) return undefined;
      const blob = await findReadableBlob(reader, source, digest);
      return blob === undefined ? undefined : source;
    }
    for (const source of await listRepositoriesWithBlob(reader, digest, SOURCES_LIMIT)) {
      if ((await findReadable(source)) !== undefined) return source;
    }
    return undefined;
  }
}
