import type { QuotaResource, QuotaScopeKind } from "../contract/quotas.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Digest } from "../oci/digest.ts";
import type { Tag } from "../oci/tag.ts";
import type { OrganizationTables } from "../organizations/index.ts";
import type { BlobId, RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";

/** The rows this capability owns, and those of others that it reads. */
export interface LifecycleTables extends RegistryTables, OrganizationTables {
  tag_rules: {
    scope_kind: "hub" | "namespace" | "repository";
    /** 0 for the hub. */
    scope_id: 0 | NamespaceId | RepositoryId;
    kind: "format" | "immutable" | "protected" | "aliases" | "assembled";
    /** JSON. */
    body: string;
    /** Whether what lower levels say does not count. */
    locked: 0 | 1;
    /** Of a rule of a repository, which goes with it. */
    repository_id: RepositoryId | null;
  };
  /** The newest release that an alias stood for, whatever became of it. */
  tag_aliases: {
    repository_id: RepositoryId;
    alias: Tag;
    release: Tag;
    /** 0 if releases may have come that it was not told of. */
    is_settled: 0 | 1;
  };
  /** Tags that the registry assembled, and what it made of them last. */
  assembled_tags: { repository_id: RepositoryId; tag: Tag; digest: Digest };
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
  /** What each scope stores, each byte once; triggers keep it with every row that it counts. */
  usage_counts: {
    scope_kind: QuotaScopeKind;
    /** 0 for the hub. */
    scope_id: number;
    bytes: number;
    tags: number;
    repositories: number;
    /** 0 when it has changed since the series over time was written. */
    is_noted: 0 | 1;
  };
  /** What a scope stored when an hour or a day ended; a row holds until the next one. */
  usage_samples: {
    scope_kind: QuotaScopeKind;
    scope_id: number;
    step: "hour" | "day";
    /** When the hour or the day began. */
    at: number;
    bytes: number;
    tags: number;
    repositories: number;
  };
  /** How many repositories of a namespace hold the blob. */
  namespace_blobs: { namespace_id: number; blob_id: BlobId; links: number };
  /** How many repositories of a namespace hold the manifest. */
  namespace_manifests: { namespace_id: number; digest: Digest; copies: number };
  /** What was set; a scope without a row has the configured default. */
  quotas: {
    scope_kind: QuotaScopeKind;
    scope_id: number;
    resource: QuotaResource;
    /** Null for no limit. */
    amount: number | null;
  };
}
