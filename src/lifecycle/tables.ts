import type { NamespaceId } from "../namespaces/index.ts";
import type { Tag } from "../oci/tag.ts";
import type { OrganizationTables } from "../organizations/index.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";

/** The rows this capability owns, and those of others that it reads. */
export interface LifecycleTables extends RegistryTables, OrganizationTables {
  tag_rules: {
    scope_kind: "hub" | "namespace" | "repository";
    /** 0 for the hub. */
    scope_id: 0 | NamespaceId | RepositoryId;
    kind: "format" | "immutable" | "protected";
    /** JSON. */
    body: string;
    /** Whether what lower levels say does not count. */
    locked: 0 | 1;
    /** Of a rule of a repository, which goes with it. */
    repository_id: RepositoryId | null;
  };
  tag_overrides: {
    id: string;
    repository_id: RepositoryId;
    tag: Tag;
    reason: string;
    /** Whether it is good for one move or deletion alone. */
    once: 0 | 1;
    asked_by: NamespaceId;
    asked_at: number;
    /** Whoever approved; null until somebody else than who asked did. */
    approved_by: NamespaceId | null;
    approved_at: number | null;
    expires_at: number;
    /** When it was used up, or taken back. */
    ended_at: number | null;
  };
}
