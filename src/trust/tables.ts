import type { Generated } from "kysely";
import type { RepositoryId } from "../repositories/index.ts";
import type { Role, ServerRole } from "./tuf/roles.ts";

export type CollectionId = number & { readonly __brand: "CollectionId" };

/** The rows that trust owns. They go with their repository. */
export interface TrustTables {
  /** What is signed under one name of a repository: clients that reach the hub by two hosts keep two of them. */
  trust_collections: {
    id: Generated<CollectionId>;
    repository_id: RepositoryId;
    gun: string;
    /** Counts what was published: who saw an older one looks again before it writes. */
    revision: number;
    created_at: number;
  };
  /** Bytes as they came. The highest version of a role is in force. */
  trust_files: {
    id: Generated<number>;
    collection_id: CollectionId;
    role: Role;
    version: number;
    sha256: string;
    content: Uint8Array;
    created_at: number;
  };
  /** Keys that the hub signs with for its users; only sealed. */
  trust_keys: {
    id: Generated<number>;
    collection_id: CollectionId;
    role: ServerRole;
    key_id: string;
    sealed_key: string;
    created_at: number;
  };
  trust_changes: {
    id: Generated<number>;
    repository_id: RepositoryId;
    gun: string;
    /** Of the timestamp, 0 for a deletion. */
    version: number;
    sha256: string;
    category: "update" | "deletion";
    created_at: number;
  };
}
