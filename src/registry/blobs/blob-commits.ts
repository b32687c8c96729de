import type { KeyedLock } from "../../lib/keyed-lock.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import type { PushTarget, RepositoryId } from "../../repositories/index.ts";
import type { PushQuota } from "../quotas/push-quota.ts";
import { findBlob, linkBlob, recordLiveBlob } from "../store/blobs-store.ts";
import { queueCandidate } from "../store/collection-queue-store.ts";
import {
  type By,
  openRepository,
  recordBlobEvent,
  type SettleRepository,
} from "../store/repository-events.ts";
import type { RegistryTables } from "../store/tables.ts";
import type { VerifiedCopies } from "./verified-copies.ts";

type Trx = Parameters<typeof queueCandidate>[0];

/** Where the session of an upload ends with the transaction that makes its bytes a blob. */
interface EndedSessions {
  end(trx: Trx, uploadId: string): Promise<void>;
  /** Called when that transaction is committed. */
  forget(uploadId: string): void;
  /** Called when it failed. */
  resume(uploadId: string): void;
}

interface BlobCommitDeps {
  readonly database: Database<RegistryTables>;
  readonly blobs: BlobStore;
  readonly sessions: EndedSessions;
  /** Held per digest by everyone who brings a blob's file and row together or takes them apart. */
  readonly locks: KeyedLock;
  readonly verified: Pick<VerifiedCopies, "rememberStored">;
  readonly quota: Pick<PushQuota, "hold">;
  /** Whether anybody wants to hear of blobs. */
  readonly wants: (kind: "blob") => boolean;
  readonly settleRepository: SettleRepository;
  readonly graceMs: number;
  readonly clock: () => Date;
}

interface VerifiedUpload {
  readonly digest: Digest;
  readonly size: number;
  readonly repository: PushTarget;
  readonly uploadId: string;
  readonly by: By;
}

/** The moments at which a repository gains the right to a blob. */
export class BlobCommits {
  readonly #deps: BlobCommitDeps;

  constructor(deps: BlobCommitDeps) {
    this.#deps = deps;
  }

  /**
   * Makes a verified upload a blob: file in place and durable, then the row, then the answer. A crash in between leaves
   * a file that no row names, which the scrubber removes. The upload's session ends in the same transaction.
   */
  async commit(upload: VerifiedUpload): Promise<void> {
    const { database, blobs, locks, sessions, quota } = this.#deps;
    using _lock = await locks.acquire(upload.digest);
    await blobs.adopt(upload.digest, upload.uploadId);
    this.#deps.verified.rememberStored(upload.digest);
    try {
      await database.write(async (trx) => {
        const { by, repository: target, uploadId } = upload;
        await quota.hold(trx, { target, by, uploadId }, () => this.#record(trx, upload));
        await sessions.end(trx, upload.uploadId);
        await failPoint("blob.before-row");
      });
    } catch (cause) {
      sessions.resume(upload.uploadId);
      throw cause;
    }
    sessions.forget(upload.uploadId);
    await failPoint("blob.before-answer");
  }

  async #record(trx: Trx, upload: VerifiedUpload): Promise<void> {
    const { settleRepository: settle } = this.#deps;
    const now = this.#deps.clock();
    const { by, digest, size, repository: target } = upload;
    const repository = await openRepository(trx, { target, by, now, settle });
    const blob = await recordLiveBlob(trx, upload, now);
    await linkBlob(trx, repository, blob);
    await this.#queueLink(trx, repository, digest);
    if (!this.#deps.wants("blob")) return;
    const event = { topic: "blob.pushed", repository: target.name, digest } as const;
    await recordBlobEvent(trx, { ...event, size, by, at: now });
  }

  /** Gives a repository the right to a blob that is there already; false if it is not, or not live. */
  async mount(
    digest: Digest,
    wish: { repository: PushTarget; from: RepositoryName; by: By },
  ): Promise<boolean> {
    const { database, locks, clock, quota, settleRepository: settle } = this.#deps;
    const { repository, from, by } = wish;
    using _lock = await locks.acquire(digest);
    return await database.write(async (trx) => {
      const blob = await findBlob(trx, digest);
      if (blob?.state !== "live") return false;
      const now = clock();
      await quota.hold(trx, { target: repository, by }, async () => {
        const target = await openRepository(trx, { target: repository, by, now, settle });
        await linkBlob(trx, target, blob.id);
        await this.#queueLink(trx, target, digest);
      });
      if (this.#deps.wants("blob")) {
        const what = { repository: repository.name, digest, fromRepository: from };
        const event = { ...what, topic: "blob.mounted", size: blob.size, by, at: now } as const;
        await recordBlobEvent(trx, event);
      }
      return true;
    });
  }

  /** Until a manifest names the blob, its link is a candidate for collection, due after the grace. */
  async #queueLink(trx: Trx, repositoryId: RepositoryId, digest: Digest): Promise<void> {
    await queueCandidate(trx, {
      kind: "link",
      repositoryId,
      digest,
      dueAt: new Date(this.#deps.clock().getTime() + this.#deps.graceMs),
      reason: "pushed, and no manifest of the repository has named it since",
    });
  }
}
