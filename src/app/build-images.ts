import type { Kysely } from "kysely";
import type { HubImages } from "../builds/index.ts";
import { isRepositoryName } from "../oci/name.ts";
import type { Tag } from "../oci/tag.ts";
import {
  findLastEventId,
  findTag,
  listTagChanges,
  type RegistryTables,
} from "../registry/index.ts";
import { findRepository, type RepositoryTables } from "../repositories/index.ts";

const CHANGES_MOST = 5000;
const REFERENCE = /^([^/]+)\/([^:@]+):([^@]+)(?:@.+)?$/;

/** This hub's images, as what images are built on: by the hosts by which clients know it. */
export function createHubImages(ownHosts: ReadonlySet<string>): HubImages {
  return {
    async findPlace(db, reference) {
      const [, host = "", name = "", tag = ""] = REFERENCE.exec(reference) ?? [];
      if (!ownHosts.has(host) || !isRepositoryName(name)) return undefined;
      const found = await findRepository(db as unknown as Kysely<RepositoryTables>, name);
      return found && { repositoryId: found, tag };
    },
    async findDigest(db, { repositoryId, tag }) {
      const registry = db as unknown as Kysely<RegistryTables>;
      return (await findTag(registry, repositoryId, tag as Tag))?.digest;
    },
    async listChanges(db, since) {
      const registry = db as unknown as Kysely<RegistryTables>;
      const last = await findLastEventId(registry);
      if (since !== undefined && since >= last) return [];
      return await listTagChanges(registry, {
        since: since ?? last - 1,
        limit: CHANGES_MOST,
      });
    },
  };
}
