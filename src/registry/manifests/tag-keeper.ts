import type { Kysely } from "kysely";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { RegistryTables } from "../store/tables.ts";

export interface TagsInQuestion {
  readonly repository: RepositoryName;
  readonly repositoryId: RepositoryId;
  /** Tags that are there. */
  readonly tags: readonly Tag[];
}

/** Decides whether tags may point elsewhere, or go. Whoever moves or deletes tags asks it, in the transaction that does it. */
export interface TagKeeper {
  /** Throws TAG_IMMUTABLE unless all of them may be moved and deleted. */
  assertMayMove(trx: Kysely<RegistryTables>, inQuestion: TagsInQuestion): Promise<void>;
}
