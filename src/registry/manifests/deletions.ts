import type { Kysely } from "kysely";
import type { Journal, Origin, Principal } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { companionTags } from "../../oci/referrers.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Headroom } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { recordEvent } from "../../platform/jobs/outbox.ts";
import { findRepository, type RepositoryId } from "../../repositories/index.ts";
import type { BlobRights } from "../blobs/blob-rights.ts";
import { findBlob, unlinkBlob } from "../store/blobs-store.ts";
import { queueCandidate } from "../store/collection-queue-store.ts";
import {
  deleteManifest,
  findManifestId,
  findManifestOf,
  isReferenced,
  listManifestReferences,
  listReferrerDigests,
} from "../store/manifests-store.ts";
import { type By, recordBlobEvent } from "../store/repository-events.ts";
import type { CandidateKind, ManifestId, RegistryTables } from "../store/tables.ts";
import {
  findTag,
  listTagsAbove,
  listTagsOfManifest,
  type Mover,
  moveTag,
} from "../store/tags-store.ts";
import { setTombstone } from "../store/tombstones-store.ts";
import type { ManifestCache } from "./manifest-cache.ts";
import type { TagKeeper } from "./tag-keeper.ts";
import { tokenOf } from "./token-of.ts";
import { writeToFree } from "./write-to-free.ts";

interface DeletionDeps {
  readonly database: Database<RegistryTables>;
  readonly cache: ManifestCache;
  readonly rights: BlobRights;
  readonly headroom: Pick<Headroom, "giveUpBallast">;
  readonly journal: Journal;
  readonly tagKeeper: TagKeeper;
  /** Whether anybody wants to hear of blobs. */
  readonly wants: (kind: "blob") => boolean;
  readonly graceMs: number;
  readonly clock: () => Date;
}

type Trx = Kysely<RegistryTables>;

/** What people delete. Bytes go later, by collection; what was answered 202 is gone for every reader at once. */
export class Deletions {
  readonly #deps: DeletionDeps;

  constructor(deps: DeletionDeps) {
    this.#deps = deps;
  }

  /** The manifest stays and can be pulled by digest. Throws MANIFEST_UNKNOWN, or what a rule about tags says. */
  async deleteTag(request: {
    repository: RepositoryName;
    tag: Tag;
    principal: Principal;
    origin: Origin;
  }): Promise<void> {
    const { repository, tag, principal, origin } = request;
    await this.#write(async (trx) => {
      const repositoryId = await getRepository(trx, repository);
      const now = this.#deps.clock();
      const current = await findTag(trx, repositoryId, tag);
      if (current === undefined) throw new OciError("MANIFEST_UNKNOWN", { reference: tag });
      const by = { kind: "caller", principal, origin } as const;
      const wish = { repository, repositoryId, tags: [tag], by };
      await this.#deps.tagKeeper.assertMay(trx, { ...wish, deed: "delete" });
      const { digest } = current;
      const actor = principal.name;
      const mover = { actor, token: tokenOf(principal), cause: "delete" } as const;
      await moveTag(trx, { repositoryId, tag, from: digest, to: undefined, by: mover, now });
      await this.#queue(trx, { kind: "manifest", repositoryId, digest }, `tag ${tag} was deleted`);
      const payload = { repository, repositoryId, tag, digest, actor, ...origin };
      await recordEvent(trx, { topic: "tag.deleted", orderingKey: repository, payload, at: now });
      await this.#deps.journal.record(trx, {
        by: principal,
        origin,
        action: "repo.tag.delete",
        account: accountOf(repository),
        name: `${repository}:${tag}`,
        before: { digest },
      });
      await failPoint("delete.before-commit");
    });
    this.#deps.cache.forget(repository, [tag]);
    await failPoint("delete.before-answer");
  }

  /**
   * Takes every tag that points to the manifest with it, in one step. Throws MANIFEST_UNKNOWN, or TAG_IMMUTABLE when an
   * immutable tag names it or an index that holds it: what the tag stands for would be gone as much.
   */
  async deleteManifest(request: {
    repository: RepositoryName;
    digest: Digest;
    principal: Principal;
    origin: Origin;
  }): Promise<void> {
    const { repository, digest, principal, origin } = request;
    const tags = await this.#write(async (trx) => {
      const repositoryId = await getRepository(trx, repository);
      const id = await findManifestId(trx, repositoryId, digest);
      if (id === undefined) throw new OciError("MANIFEST_UNKNOWN", { reference: digest });
      const above = await listTagsAbove(trx, repositoryId, digest);
      const by = { kind: "caller", principal, origin } as const;
      const wish = { repository, repositoryId, tags: above, by };
      await this.#deps.tagKeeper.assertMay(trx, { ...wish, deed: "delete" });
      const removed = await this.removeManifest(trx, {
        repository,
        repositoryId,
        id,
        digest,
        by: { actor: principal.name, token: tokenOf(principal), cause: "delete" },
        origin,
      });
      await this.#deps.journal.record(trx, {
        by: principal,
        origin,
        action: "repo.manifest.delete",
        account: accountOf(repository),
        name: `${repository}@${digest}`,
        before: { tags: removed },
      });
      await failPoint("delete.before-commit");
      return removed;
    });
    this.#deps.cache.forget(repository, [digest, ...tags]);
    await failPoint("delete.before-answer");
  }

  /**
   * Removes a manifest inside a transaction, and asks collection to look at everything it held on to. Answers the tags
   * that went with it; the caller forgets them in the cache once the transaction is committed.
   */
  async removeManifest(
    trx: Trx,
    doomed: {
      repository: RepositoryName;
      repositoryId: RepositoryId;
      id: ManifestId;
      digest: Digest;
      by: Mover;
      origin?: Origin;
      /** What hangs below it goes with it. */
      isReleased?: boolean | undefined;
    },
  ): Promise<readonly Tag[]> {
    const { repository, repositoryId, id, digest, by, origin, isReleased } = doomed;
    const now = this.#deps.clock();
    const tags = await listTagsOfManifest(trx, id);
    for (const tag of tags) {
      await moveTag(trx, { repositoryId, tag, from: digest, to: undefined, by, now });
    }
    await this.#bury(trx, { repositoryId, digest, tags, by, now });
    const reason = `manifest ${digest} that named it was deleted`;
    for (const reference of await listManifestReferences(trx, id)) {
      const isBlob = reference.kind === "config" || reference.kind === "layer";
      const kind = isBlob ? "link" : "manifest";
      await this.#queue(trx, { kind, repositoryId, digest: reference.digest, isReleased }, reason);
    }
    const referrers = await listReferrerDigests(trx, repositoryId, digest);
    const companions = await listCompanions(trx, repositoryId, digest);
    // Signatures and the like go with what they are of, also where manifests without a tag are kept.
    for (const referrer of new Set([...referrers, ...companions])) {
      const why = `its subject ${digest} was deleted`;
      const below = { kind: "manifest", repositoryId, digest: referrer, isReleased: true } as const;
      await this.#queue(trx, below, why);
    }
    await deleteManifest(trx, id);
    await this.#queue(
      trx,
      { kind: "blob", repositoryId: 0, digest },
      `manifest ${digest} was deleted`,
    );
    const payload = { repository, repositoryId, digest, tags, actor: by.actor, ...origin };
    await recordEvent(trx, {
      topic: "manifest.deleted",
      orderingKey: repository,
      payload,
      at: now,
    });
    return tags;
  }

  /** What it was can be brought back until the grace of everything that it held on to ends. */
  async #bury(
    trx: Trx,
    dead: {
      repositoryId: RepositoryId;
      digest: Digest;
      tags: readonly Tag[];
      by: Mover;
      now: Date;
    },
  ): Promise<void> {
    const { repositoryId, digest, tags, by, now } = dead;
    if (this.#deps.graceMs === 0) return;
    const found = await findManifestOf(trx, repositoryId, digest);
    if (found === undefined) return;
    const { actor, cause } = by;
    const until = new Date(now.getTime() + this.#deps.graceMs);
    const facts = { digest, tags, actor, cause, deletedAt: now, until };
    await setTombstone(trx, repositoryId, { ...found, ...facts });
  }

  /** Takes the repository's right to a blob away. Throws BLOB_UNKNOWN, or UNSUPPORTED while a manifest needs it. */
  async deleteBlob(request: { repository: RepositoryName; digest: Digest; by: By }): Promise<void> {
    const { repository, digest, by } = request;
    await this.#write(async (trx) => {
      const repositoryId = await getRepository(trx, repository);
      const blob = await findBlob(trx, digest);
      if (blob === undefined || blob.state !== "live")
        throw new OciError("BLOB_UNKNOWN", { digest });
      const needed = { digest, kinds: ["config", "layer"] as const };
      if (await isReferenced(trx, repositoryId, needed)) throw stillNeeded(digest);
      const had = await unlinkBlob(trx, repositoryId, blob.id);
      if (!had) throw new OciError("BLOB_UNKNOWN", { digest });
      await this.#queue(trx, { kind: "blob", repositoryId: 0, digest }, "a repository deleted it");
      if (this.#deps.wants("blob")) {
        const at = this.#deps.clock();
        await recordBlobEvent(trx, { topic: "blob.deleted", repository, digest, by, at });
      }
      await failPoint("delete.before-commit");
    });
    this.#deps.rights.forget(repository, digest);
  }

  async #write<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    return await writeToFree(this.#deps, work);
  }

  async #queue(
    trx: Trx,
    candidate: {
      kind: CandidateKind;
      repositoryId: number;
      digest: Digest;
      isReleased?: boolean | undefined;
    },
    reason: string,
  ): Promise<void> {
    const dueAt = new Date(this.#deps.clock().getTime() + this.#deps.graceMs);
    await queueCandidate(trx, { ...candidate, dueAt, reason });
  }
}

async function getRepository(trx: Trx, name: RepositoryName): Promise<RepositoryId> {
  const id = await findRepository(trx, name);
  if (id === undefined) throw new OciError("NAME_UNKNOWN", { name });
  return id;
}

/** What the tags name by which clients without referrers attach something to a manifest. */
async function listCompanions(
  trx: Trx,
  repositoryId: RepositoryId,
  digest: Digest,
): Promise<readonly Digest[]> {
  const found: Digest[] = [];
  for (const tag of companionTags(digest)) {
    const row = await findTag(trx, repositoryId, tag);
    if (row !== undefined) found.push(row.digest);
  }
  return found;
}

function stillNeeded(digest: Digest): OciError {
  return new OciError(
    "UNSUPPORTED",
    { digest },
    { message: "a manifest of this repository still names the blob; delete the manifest first" },
  );
}

function accountOf(repository: RepositoryName): string {
  return repository.split("/", 1)[0] ?? "";
}
