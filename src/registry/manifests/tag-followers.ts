import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import type { PushTarget, RepositoryId } from "../../repositories/index.ts";
import type { ManifestId, RegistryTables } from "../store/tables.ts";

/** A manifest of the repository. */
export interface NamedManifest {
  readonly manifestId: ManifestId;
  readonly digest: Digest;
}

/** Tags that somebody pushed or restored, after they were moved. */
export interface TagsPushed {
  readonly repository: RepositoryName;
  readonly repositoryId: RepositoryId;
  readonly tags: readonly Tag[];
  readonly to: NamedManifest;
}

/** What whoever decides about followers can do, in the transaction of the push. */
export interface FollowerHands {
  /** False if a rule about tags says no, of which the pusher is told. */
  readonly moveAlias: (alias: Tag, to: NamedManifest) => Promise<boolean>;
  /** Stores an index and lets the tag name it; undefined if a rule about tags says no, of which the pusher is told. */
  readonly assemble: (tag: Tag, index: Buffer) => Promise<NamedManifest | undefined>;
  /** A manifest of the repository, with its configuration if that is an image's. */
  readonly read: (digest: Digest) => Promise<ReadManifest | undefined>;
  /** Tells the pusher. */
  readonly warn: (sentence: string) => void;
}

export interface ReadManifest {
  readonly manifest: Manifest;
  readonly size: number;
  readonly config: Readonly<Record<string, unknown>> | undefined;
}

/** Decides which tags the registry moves because others were pushed. It is asked in the transaction of the push. */
export interface TagFollowers {
  /** Does before the transaction of a push what would take long in it. What it found may be out of date by then. */
  prepare(target: PushTarget, tags: readonly Tag[]): Promise<void>;
  follow(trx: Kysely<RegistryTables>, pushed: TagsPushed, hands: FollowerHands): Promise<void>;
  /** Tags came that nobody pushed: adopted, or taken back as they were. They move nothing, and the next push counts them. */
  doubt(trx: Kysely<RegistryTables>, repositoryId: RepositoryId): Promise<void>;
}
