import type { Origin, Principal, TagRule } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { parseManifest } from "../../oci/manifest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { findManifestByDigest, findManifestId } from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import { findTag } from "../store/tags-store.ts";
import {
  findTombstone,
  listTombstonesOfReferrers,
  type Tombstone,
} from "../store/tombstones-store.ts";
import type { ManifestWriter } from "./manifest-writer.ts";
import type { TagCondition } from "./tag-condition.ts";

interface RestorerDeps {
  readonly database: Database<RegistryTables>;
  readonly writer: Pick<ManifestWriter, "put">;
  /** Nothing is pushed and deleted, so nothing is brought back. */
  readonly isReadOnly: boolean;
  readonly clock: () => Date;
}

/** Whoever restores pushes: rules about tags, quotas and rights hold for them as they do for `docker push`. */
export interface Restoring {
  readonly repository: RepositoryName;
  readonly repositoryId: RepositoryId;
  readonly principal: Principal;
  readonly origin: Origin;
  /** As the authoriser answered them for a push. */
  readonly tagRules: readonly TagRule[] | undefined;
  /** Whether manifests that somebody deleted may come back, too: for those who may delete. */
  readonly mayUndelete: boolean;
}

export interface Restored {
  /** Manifests that were deleted and are back, what they need first. */
  readonly manifests: readonly Digest[];
  readonly tags: readonly Tag[];
  /** Tags that went with the manifest and name something else now; they stay as they are. */
  readonly kept: readonly Tag[];
}

interface Plan {
  readonly first: Tombstone;
  readonly order: Map<Digest, Tombstone>;
  readonly seen: Set<Digest>;
}

/** Of the manifests that one restoration may bring back, children and referrers of children included. */
const LIMIT = 10_000;
const REFERRERS = 1000;

/** Brings tags and manifests back, as long as collection has not taken what they need. */
export class Restorer {
  readonly #deps: RestorerDeps;

  constructor(deps: RestorerDeps) {
    this.#deps = deps;
  }

  /**
   * Lets a tag name a manifest that the repository has, or had until its grace is over. Throws MANIFEST_UNKNOWN, and what a
   * push throws.
   */
  async restoreTag(to: Restoring, wish: { tag: Tag; digest: Digest }): Promise<Restored> {
    const { digest, tag } = wish;
    this.#assertMay();
    const manifests: Digest[] = [];
    await this.#restoreManifests(to, digest, { tags: [], back: manifests });
    await failPoint("restore.before-tags");
    await this.#push(to, { digest, tags: [tag] });
    return { manifests, tags: [tag], kept: [] };
  }

  /**
   * Brings a deleted manifest back, with the children and referrers that went too, and with its tags unless they name
   * something else by now. What was back already is left alone: a restoration that was cut off is begun again.
   */
  async restoreManifest(to: Restoring, digest: Digest): Promise<Restored> {
    this.#assertMay();
    const back: Digest[] = [];
    for (;;) {
      const { tags, kept } = await this.#sortTags(to, digest);
      try {
        await this.#restoreManifests(to, digest, { tags, back });
        return { manifests: back, tags, kept };
      } catch (cause) {
        // Somebody pushed one of the tags meanwhile: it is theirs, and there is one less to try.
        if (!(cause instanceof OciError && cause.code === "PRECONDITION_FAILED")) throw cause;
      }
    }
  }

  #assertMay(): void {
    if (!this.#deps.isReadOnly) return;
    const message = "this hub is read-only for now (storage.readOnly)";
    throw new OciError("UNSUPPORTED", null, { message });
  }

  async #sortTags(
    to: Restoring,
    digest: Digest,
  ): Promise<{ readonly tags: readonly Tag[]; readonly kept: readonly Tag[] }> {
    const tombstone = await this.#findTombstone(to, digest);
    const tags: Tag[] = [];
    const kept: Tag[] = [];
    for (const tag of tombstone?.tags ?? []) {
      const current = await findTag(this.#deps.database.reader, to.repositoryId, tag);
      if (current === undefined) tags.push(tag);
      else kept.push(tag);
    }
    return { tags, kept };
  }

  /** The root and its tags come last, in one step: nobody sees a tag whose image is half there. */
  async #restoreManifests(
    to: Restoring,
    root: Digest,
    { tags, back }: { readonly tags: readonly Tag[]; readonly back: Digest[] },
  ): Promise<void> {
    for (const tombstone of await this.#plan(to, root)) {
      const { digest } = tombstone;
      const condition = { ifMatch: undefined, ifNoneMatch: "*" };
      await this.#put(to, { ...tombstone, tags: digest === root ? tags : [], condition });
      back.push(digest);
      await failPoint("restore.between-manifests");
    }
  }

  /**
   * What has to come back: nothing if the root is there. Otherwise its children, also of children, and what referred to any
   * of it when it went; not what somebody had taken away from it before.
   */
  async #plan(to: Restoring, root: Digest): Promise<readonly Tombstone[]> {
    if (await this.#isThere(to, root)) return [];
    const first = await this.#findTombstone(to, root);
    if (first === undefined) throw gone(root);
    if (!to.mayUndelete) throw notAllowed(to, root);
    const plan: Plan = { first, order: new Map(), seen: new Set() };
    await this.#gather(to, first, plan);
    plan.order.delete(root);
    return [...plan.order.values(), first];
  }

  /** Children come before the indexes that hold them, as in every push. */
  async #gather(to: Restoring, tombstone: Tombstone, plan: Plan): Promise<void> {
    const { digest } = tombstone;
    if (plan.seen.has(digest)) return;
    if (plan.seen.size === LIMIT) throw tooMany(plan.first.digest);
    plan.seen.add(digest);
    await this.#gatherAll(to, childrenOf(tombstone), plan);
    plan.order.set(digest, tombstone);
    await this.#gatherAll(to, await this.#listReferrers(to, tombstone, plan.first), plan);
  }

  async #gatherAll(to: Restoring, digests: readonly Digest[], plan: Plan): Promise<void> {
    for (const digest of digests) {
      const found = await this.#findTombstone(to, digest);
      if (found !== undefined) await this.#gather(to, found, plan);
    }
  }

  async #listReferrers(
    to: Restoring,
    { digest: subject }: Tombstone,
    { deletedAt: since }: Tombstone,
  ): Promise<readonly Digest[]> {
    const { reader } = this.#deps.database;
    const key = { subject, since, now: this.#deps.clock(), limit: REFERRERS };
    return await listTombstonesOfReferrers(reader, to.repositoryId, key);
  }

  async #findTombstone(to: Restoring, digest: Digest): Promise<Tombstone | undefined> {
    if (await this.#isThere(to, digest)) return undefined;
    const { reader } = this.#deps.database;
    return await findTombstone(reader, to.repositoryId, { digest, now: this.#deps.clock() });
  }

  async #isThere(to: Restoring, digest: Digest): Promise<boolean> {
    const { reader } = this.#deps.database;
    return (await findManifestId(reader, to.repositoryId, digest)) !== undefined;
  }

  async #push(to: Restoring, wish: { digest: Digest; tags: readonly Tag[] }): Promise<void> {
    const { reader } = this.#deps.database;
    const manifest = await findManifestByDigest(reader, to.repository, wish.digest);
    if (manifest === undefined) throw gone(wish.digest);
    const condition = { ifMatch: undefined, ifNoneMatch: undefined };
    await this.#put(to, { ...manifest, tags: wish.tags, condition });
  }

  async #put(
    to: Restoring,
    manifest: Pick<Tombstone, "digest" | "mediaType" | "payload" | "tags"> & {
      readonly condition: TagCondition;
    },
  ): Promise<void> {
    const { digest, mediaType, payload, tags, condition } = manifest;
    await this.#deps.writer.put({
      ...to,
      reference: { kind: "digest", digest },
      tags,
      contentType: mediaType,
      bytes: Buffer.from(payload),
      condition,
      cause: "restore",
    });
  }
}

function childrenOf({ payload, mediaType }: Tombstone): readonly Digest[] {
  const { children } = parseManifest({ bytes: Buffer.from(payload), contentType: mediaType });
  return children.map(({ digest }) => digest);
}

function gone(digest: Digest): OciError {
  const message = `${digest} is not in the repository, and cannot be brought back: it never was there, or what it needs was collected`;
  return new OciError("MANIFEST_UNKNOWN", { digest }, { message });
}

function notAllowed({ repository }: Restoring, digest: Digest): OciError {
  const message = `${digest} was deleted from ${repository}: it takes the right to delete to bring it back`;
  return new OciError("DENIED", { digest }, { message });
}

function tooMany(digest: Digest): OciError {
  const message = `more than ${LIMIT} deleted manifests belong to ${digest}; restore its parts by their digests first`;
  return new OciError("MANIFEST_INVALID", { digest }, { message });
}
