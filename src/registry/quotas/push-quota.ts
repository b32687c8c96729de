import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { PushTarget } from "../../repositories/index.ts";
import type { By } from "../store/repository-events.ts";
import type { RegistryTables } from "../store/tables.ts";

/** A request that brings bytes of an upload. */
export interface ArrivingUpload {
  readonly id: string;
  readonly target: PushTarget;
  /** What is there already. */
  readonly size: number;
  /** What the request says it brings, as far as it says it. */
  readonly announced: number;
  /** What the whole upload will be, when the request ends it. */
  readonly digest: Digest | undefined;
  readonly by: By;
}

/** Counts bytes while they arrive. */
export interface Arrival {
  /** Before they are written. Throws QUOTA_EXCEEDED. */
  grow(bytes: number): Promise<void>;
}

export interface HeldPush {
  readonly target: PushTarget;
  readonly by: By;
  /** The upload that ends with it: its bytes are counted as stored from then on. */
  readonly uploadId?: string;
  /** The name under which what comes was counted before, when it only moves. */
  readonly from?: RepositoryName;
}

/** Holds pushes to what may be stored, in every scope that they belong to. */
export interface PushQuota {
  /** From now on the upload's bytes count until it is released. Throws QUOTA_EXCEEDED. */
  admit(upload: ArrivingUpload): Promise<Arrival>;
  /** The upload stands still, and does not count until it goes on; false if it is to be dropped, for want of room. */
  park(uploadId: string): Promise<boolean>;
  /** The upload is gone. */
  release(uploadId: string): void;
  /** In the transaction of a push: throws QUOTA_EXCEEDED if the work takes a scope beyond its quota. */
  hold<T>(trx: Kysely<RegistryTables>, push: HeldPush, work: () => Promise<T>): Promise<T>;
  /** Sentences for whoever pushes there: a quota is nearly used up. */
  warningsFor(target: PushTarget): Promise<readonly string[]>;
}
