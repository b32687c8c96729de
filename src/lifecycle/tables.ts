import type { NamespaceId } from "../namespaces/index.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";

/** The rows this capability owns, and those of others that it reads. */
export interface LifecycleTables extends RegistryTables {
  tag_rules: {
    scope_kind: "hub" | "namespace" | "repository";
    /** 0 for the hub. */
    scope_id: 0 | NamespaceId | RepositoryId;
    kind: "format" | "immutable";
    /** JSON. */
    body: string;
    /** Whether what lower levels say does not count. */
    locked: 0 | 1;
    /** Of a rule of a repository, which goes with it. */
    repository_id: RepositoryId | null;
  };
}
