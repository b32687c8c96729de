import type { Generated } from "kysely";
import type { NamespaceId, NamespaceTables, Visibility } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";

export type RepositoryId = number & { readonly __brand: "RepositoryId" };

/** The rows this capability owns, and the namespaces that hold them. */
export interface RepositoryTables extends NamespaceTables {
  repositories: {
    id: Generated<RepositoryId>;
    name: RepositoryName;
    created_at: number;
    /** Null where nobody owns names: in modes without accounts. */
    namespace_id: NamespaceId | null;
    visibility: Generated<Visibility>;
    description: Generated<string>;
    full_description: Generated<string>;
    /** Null before the first push. */
    last_pushed_at: Generated<number | null>;
    /** Since when it has its name; null if it had it from the beginning and nothing had it before. */
    named_at: Generated<number | null>;
    /** When it was deleted; what is left of it goes in steps. */
    removed_at: Generated<number | null>;
  };
  former_names: {
    namespace_id: NamespaceId | 0;
    path: string;
    repository_id: RepositoryId | null;
    retired_at: number;
  };
}
