import type { LibraryFindings } from "../builds/index.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import { findWholeRepository } from "../repositories/index.ts";
import { printScanStamp, type Scanning } from "../scanning/index.ts";
import type { HubTables } from "./stores.ts";

/** What was found in the images of the library, and counts there. */
export function createLibraryFindings({
  database: { reader },
  scanning,
}: {
  readonly database: Database<HubTables>;
  readonly scanning: Pick<Scanning, "listFindingsInForce">;
}): LibraryFindings {
  return {
    findStamp: (digests) => printScanStamp(reader, digests as Digest[]),
    async find(name, digest) {
      const repository = await findWholeRepository(reader, `library/${name}` as RepositoryName);
      if (repository === undefined) return undefined;
      const place = { id: repository.id, namespaceId: repository.namespaceId };
      const image = { repository: place, digest: digest as Digest };
      const { findings } = await scanning.listFindingsInForce(image);
      return { repositoryId: repository.id, findings };
    },
  };
}
