import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Headroom } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { recordEvent } from "../../platform/jobs/outbox.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { queueCandidate, takeBackCandidate } from "../store/collection-queue-store.ts";
import { findManifestId } from "../store/manifests-store.ts";
import type { ManifestId, RegistryTables } from "../store/tables.ts";
import { findLastTagEvent } from "../store/tag-events-store.ts";
import { findTag, listTagsOfManifest, moveTag, setTagTime } from "../store/tags-store.ts";
import type { ManifestCache } from "./manifest-cache.ts";
import type { TagFollowers } from "./tag-followers.ts";
import { writeToFree } from "./write-to-free.ts";

interface ReleaseDeps {
  readonly database: Database<RegistryTables>;
  readonly headroom: Pick<Headroom, "giveUpBallast">;
  readonly cache: ManifestCache;
  readonly tagFollowers: Pick<TagFollowers, "doubt">;
  readonly graceMs: number;
  readonly clock: () => Date;
}

/** Something of a repository, by whom and why it is let go. */
interface Place {
  readonly repository: RepositoryName;
  readonly repositoryId: RepositoryId;
  readonly digest: Digest;
  readonly actor: string;
}

type Trx = Kysely<RegistryTables>;

/**
 * Lets tags and manifests go so that they can be taken back: the tag goes at once, and the manifest stays until collection
 * has waited for its grace. Then it goes with what hangs below it, also where manifests without a tag are kept otherwise.
 * Whoever calls this has asked whether the tag may go, in the same transaction.
 */
export class Releases {
  readonly #deps: ReleaseDeps;

  constructor(deps: ReleaseDeps) {
    this.#deps = deps;
  }

  /** A transaction that gives room: on a full disk it gets what was kept aside for that. */
  async write<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    return await writeToFree(this.#deps, work);
  }

  /** The tag points to `digest`. What other tags name is not let go. */
  async releaseTag(
    trx: Trx,
    gone: Place & { readonly tag: Tag; readonly manifestId: ManifestId; readonly reason: string },
  ): Promise<void> {
    const { repository, repositoryId, tag, digest, manifestId, actor, reason } = gone;
    const now = this.#deps.clock();
    const by = { actor, cause: "retention" } as const;
    await moveTag(trx, { repositoryId, tag, from: digest, to: undefined, by, now });
    const isLast = (await listTagsOfManifest(trx, manifestId)).length === 0;
    await this.#queue(trx, { repositoryId, digest, reason, isReleased: isLast });
    const payload = { repository, tag, digest, actor };
    await recordEvent(trx, { topic: "tag.deleted", orderingKey: repository, payload, at: now });
  }

  async releaseManifest(trx: Trx, gone: Place & { readonly reason: string }): Promise<void> {
    const { repositoryId, digest, reason } = gone;
    await this.#queue(trx, { repositoryId, digest, reason, isReleased: true });
  }

  /**
   * Puts the tag back with the time of its last move, or holds on to the manifest again when no tag is named. False when
   * the manifest is gone, or the tag was moved in any way since, also if somebody deleted it again.
   */
  async takeBack(
    trx: Trx,
    back: Place & { readonly tag: Tag | undefined; readonly updatedAt: Date },
  ): Promise<boolean> {
    const { repositoryId, tag, digest, actor, updatedAt } = back;
    const manifestId = await findManifestId(trx, repositoryId, digest);
    if (manifestId === undefined) return false;
    if (tag !== undefined) {
      if ((await findTag(trx, repositoryId, tag)) !== undefined) return false;
      const last = await findLastTagEvent(trx, { repositoryId, tag });
      if (last?.cause !== "retention" || last.from !== digest) return false;
      const to = { manifestId, digest };
      const now = this.#deps.clock();
      const by = { actor, cause: "restore" } as const;
      await moveTag(trx, { repositoryId, tag, from: undefined, to, by, now });
      await setTagTime(trx, { repositoryId, tag, updatedAt });
      await this.#deps.tagFollowers.doubt(trx, repositoryId);
    }
    await takeBackCandidate(trx, { kind: "manifest", repositoryId, digest });
    return true;
  }

  /** Once it is committed. */
  forget(repository: RepositoryName, tags: readonly Tag[]): void {
    this.#deps.cache.forget(repository, tags);
  }

  async #queue(
    trx: Trx,
    candidate: {
      readonly repositoryId: RepositoryId;
      readonly digest: Digest;
      readonly reason: string;
      readonly isReleased: boolean;
    },
  ): Promise<void> {
    const dueAt = new Date(this.#deps.clock().getTime() + this.#deps.graceMs);
    await queueCandidate(trx, { ...candidate, kind: "manifest", dueAt });
  }
}
