import type { Generated } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import type { OutboxTables } from "../../platform/jobs/outbox.ts";
import type { RepositoryId, RepositoryTables } from "../../repositories/index.ts";

export type BlobId = number & { readonly __brand: "BlobId" };
export type ManifestId = number & { readonly __brand: "ManifestId" };

/**
 * `due`: the copy of a manifest that is still to be written; the manifest itself is read from its row.
 * `live`: may be read. `quarantined`: its bytes were found rotten; absent for every reader until it is pushed again.
 * `doomed`: collection has decided to remove it; absent for every reader, its file may or may not be there.
 */
export type BlobState = "due" | "live" | "quarantined" | "doomed";

export type ReferenceKind = "config" | "layer" | "child" | "subject";

/** Why a tag moved, or a manifest went. */
export type TagCause =
  | "push"
  /** A push of a manifest that the repository had already. */
  | "retag"
  | "delete"
  | "restore"
  | "retention"
  | "alias"
  | "assembled"
  | "adopt"
  | "collection";

/** What collection should look at: a repository's right to a blob, a blob's bytes, or a manifest. */
export type CandidateKind = "link" | "blob" | "manifest";

/** The rows the registry owns, and those of others that it reads or writes through their owners. */
export interface RegistryTables extends RepositoryTables, OutboxTables {
  blobs: {
    id: Generated<BlobId>;
    digest: Digest;
    size: number;
    state: BlobState;
    state_since: number;
  };
  /** Which repository may read which blob: the only source of that right. */
  repository_blobs: { repository_id: RepositoryId; blob_id: BlobId };
  manifests: {
    id: Generated<ManifestId>;
    repository_id: RepositoryId;
    digest: Digest;
    media_type: string;
    /** The type that referrers are filtered by: the manifest's own, else its configuration's. */
    artifact_type: string | null;
    subject: Digest | null;
    annotations: string | null;
    size: number;
    payload: Uint8Array;
    pushed_at: number;
  };
  manifest_references: {
    manifest_id: ManifestId;
    repository_id: RepositoryId;
    kind: ReferenceKind;
    digest: Digest;
  };
  tags: {
    repository_id: RepositoryId;
    name: Tag;
    manifest_id: ManifestId;
    updated_at: number;
  };
  /** Append-only: every move of every tag. */
  tag_events: {
    id: Generated<number>;
    repository_id: RepositoryId;
    tag: Tag;
    from_digest: Digest | null;
    to_digest: Digest | null;
    actor: string;
    at: number;
    cause: Generated<TagCause>;
    /** What people call the token it was done with; null for none, such as a password. */
    token: string | null;
  };
  /** What can be brought back until its grace ends. */
  deleted_manifests: {
    id: Generated<number>;
    repository_id: RepositoryId;
    digest: Digest;
    media_type: string;
    subject: Digest | null;
    payload: Uint8Array;
    /** JSON: the tags that went with it. */
    tags: string;
    actor: string;
    cause: TagCause;
    deleted_at: number;
    until: number;
  };
  uploads: {
    id: string;
    repository: string;
    /** Null if it was not there yet. */
    repository_id: number | null;
    principal: string;
    /** The user, or the address of an anonymous client. */
    counted_for: string;
    started_at: number;
    expires_at: number;
  };
  collection_queue: {
    kind: CandidateKind;
    /** 0 for a blob's bytes, which belong to no repository. */
    repository_id: number;
    digest: Digest;
    due_at: number;
    reason: string;
    /** 1 for what somebody let go. */
    is_released: number;
  };
  /** What collection freed, by the beginning of the day. */
  freed_days: { day: number; blobs: number; bytes: number };
  /** When a repository of an adopted directory was taken over. */
  adoptions: { repository: RepositoryName; adopted_at: number };
  /** Where long work that walks everything has come to, so that it goes on after a restart. */
  walks: { name: string; position: string; started_at: number; updated_at: number };
}
