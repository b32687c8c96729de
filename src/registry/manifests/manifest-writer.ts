import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { Journal, Origin, Principal, TagRule } from "../../access/index.ts";
import { type Digest, digestAlgorithm, toDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Reference } from "../../oci/reference.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Headroom } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";

import { notePush, type PushTarget, type RepositoryId } from "../../repositories/index.ts";
import type { PushQuota } from "../quotas/push-quota.ts";

import { recordDueCopy } from "../store/blobs-store.ts";
import { queueCandidate } from "../store/collection-queue-store.ts";
import { findManifestId, insertManifest } from "../store/manifests-store.ts";
import { openRepository, type SettleRepository } from "../store/repository-events.ts";
import type { RegistryTables, TagCause } from "../store/tables.ts";
import { removeTombstone } from "../store/tombstones-store.ts";
import type { ManifestCache } from "./manifest-cache.ts";
import type { ManifestCopies } from "./manifest-copies.ts";
import { recordPush } from "./push-event.ts";
import { assertReferencesExist, type ReferencePolicy } from "./reference-check.ts";
import { assertTagCondition, type TagCondition } from "./tag-condition.ts";
import type { Followed, TagFollowing } from "./tag-following.ts";
import type { TagMoves } from "./tag-moves.ts";
import { assertTagRules } from "./tag-rules.ts";

interface ManifestWriterDeps {
  readonly database: Database<RegistryTables>;
  readonly headroom: Headroom;
  readonly cache: ManifestCache;
  readonly copies: Pick<ManifestCopies, "expect">;
  readonly policy: ReferencePolicy;
  readonly tagMoves: Pick<TagMoves, "move">;
  readonly journal: Journal;
  readonly following: Pick<TagFollowing, "prepare" | "follow">;
  readonly settleRepository: SettleRepository;
  readonly quota: PushQuota;
  readonly graceMs: number;
  /** Whether the event of a push lists what the manifest names. */
  readonly tellsReferences: boolean;
  readonly clock: () => Date;
}

export interface ManifestPush {
  readonly repository: RepositoryName;
  /** See `PushTarget`. */
  readonly repositoryId: number | undefined;
  readonly reference: Reference;
  /** Further tags that a push by digest sets in the same step. */
  readonly tags: readonly Tag[];
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
  readonly condition: TagCondition;
  readonly tagRules: readonly TagRule[] | undefined;
  readonly principal: Principal;
  readonly origin: Origin;
  /** Why tags move, unless it is for the push itself. */
  readonly cause?: TagCause;
}

export interface PushedManifest {
  readonly digest: Digest;
  readonly subject: Digest | undefined;
  /** For whoever pushed it. */
  readonly warnings: readonly string[];
}

type Trx = Kysely<RegistryTables>;

/** Manifests on their way in. */
export class ManifestWriter {
  readonly #deps: ManifestWriterDeps;

  constructor(deps: ManifestWriterDeps) {
    this.#deps = deps;
  }

  /**
   * Stores a manifest and moves its tags, all or nothing. Throws MANIFEST_INVALID, DIGEST_INVALID, or one
   * MANIFEST_BLOB_UNKNOWN for each digest it names that the repository does not have.
   */
  async put(push: ManifestPush): Promise<PushedManifest> {
    const [pushed] = await this.putAll([push], async () => undefined);
    if (pushed === undefined) throw new Error("a manifest was put, and nothing came of it");
    return pushed;
  }

  /** Several at once, and what belongs to them in the same transaction. */
  async putAll(
    pushes: readonly ManifestPush[],
    also: (trx: Trx) => Promise<void>,
  ): Promise<readonly PushedManifest[]> {
    const parts = pushes.map((push) => ({
      push,
      manifest: parseManifest({ bytes: push.bytes, contentType: push.contentType }),
      digest: digestOfPush(push),
      tags: tagsOf(push),
    }));
    const { database, cache, copies } = this.#deps;
    await this.#prepare(parts);
    await failPoint("manifest.before-transaction");
    const all = await database.write(async (trx) => {
      const made: Followed[] = [];
      for (const part of parts)
        made.push(await this.#hold(trx, part.push, () => this.#record(trx, part)));
      await also(trx);
      await failPoint("manifest.before-commit");
      return made;
    });
    copies.expect();
    for (const [index, { push, tags }] of parts.entries())
      cache.forget(push.repository, [...tags, ...(all[index]?.moved ?? [])]);
    await failPoint("manifest.before-answer");
    return await Promise.all(
      parts.map(async ({ push, manifest, digest }, index) => {
        const near = await this.#deps.quota.warningsFor(targetOf(push));
        const warnings = [...near, ...(all[index]?.warnings ?? [])];
        return { digest, subject: manifest.subject?.digest, warnings };
      }),
    );
  }

  async #prepare(parts: readonly { push: ManifestPush; tags: readonly Tag[] }[]): Promise<void> {
    const { headroom, following } = this.#deps;
    await headroom.assertRoomFor(parts.reduce((sum, { push }) => sum + push.bytes.length, 0));
    for (const { push, tags } of parts) await following.prepare(targetOf(push), tags);
  }

  async #hold<T>(trx: Trx, push: ManifestPush, work: () => Promise<T>): Promise<T> {
    const by = { principal: push.principal, origin: () => push.origin };
    return await this.#deps.quota.hold(trx, { target: targetOf(push), by }, work);
  }

  async #record(
    trx: Trx,
    pushed: { push: ManifestPush; manifest: Manifest; digest: Digest; tags: readonly Tag[] },
  ): Promise<Followed> {
    const { push, manifest, digest, tags } = pushed;
    const { settleRepository: settle } = this.#deps;
    const now = this.#deps.clock();
    const by = { principal: push.principal, origin: () => push.origin };
    const target = targetOf(push);
    const repositoryId = await openRepository(trx, { target, by, now, settle });
    await assertReferencesExist(trx, { repositoryId, manifest, policy: this.#deps.policy });
    await recordDueCopy(trx, { digest, size: push.bytes.length }, now);
    const known = await findManifestId(trx, repositoryId, digest);
    const manifestId =
      known ??
      (await insertManifest(trx, repositoryId, { digest, payload: push.bytes, manifest, now }));
    if (known === undefined) await this.#bringBack(trx, push, { repositoryId, digest });
    const to = { manifestId, digest };
    const cause = push.cause ?? (known === undefined ? "push" : "retag");
    for (const tag of tags) {
      const assertFits = (current: Digest | undefined) => {
        assertTagCondition(push.condition, current);
        assertTagRules(push, { tag, current });
      };
      const wish = { ...describeMover(push), repositoryId, tag, to, cause, now, assertFits };
      await this.#deps.tagMoves.move(trx, wish);
    }
    const wake = { ...describeMover(push), repositoryId, tags, to, now };
    const followed = await this.#deps.following.follow(trx, wake);
    if (tags.length === 0) {
      const reason = "pushed by digest, and nothing has named it since";
      await this.#queueManifest(trx, { repositoryId, digest, now, reason });
    }
    await notePush(trx, repositoryId, now);
    const { tellsReferences } = this.#deps;
    const told = { ...describeMover(push), repositoryId, manifest, digest, tellsReferences, now };
    const named = [...tags, ...followed.aliases];
    await recordPush(trx, { ...told, size: push.bytes.length, tags: named });
    return followed;
  }

  /** What is pushed anew is no longer deleted. Bringing it back on purpose is written down, as its deletion was. */
  async #bringBack(
    trx: Trx,
    { repository, principal, origin, cause }: ManifestPush,
    { repositoryId, digest }: { repositoryId: RepositoryId; digest: Digest },
  ): Promise<void> {
    await removeTombstone(trx, repositoryId, digest);
    if (cause !== "restore") return;
    const [account = ""] = repository.split("/", 1);
    await this.#deps.journal.record(trx, {
      action: "repo.manifest.restore",
      ...{ by: principal, origin, account, name: `${repository}@${digest}` },
    });
  }

  async #queueManifest(
    trx: Trx,
    candidate: { repositoryId: RepositoryId; digest: Digest; now: Date; reason: string },
  ): Promise<void> {
    await queueCandidate(trx, {
      kind: "manifest",
      repositoryId: candidate.repositoryId,
      digest: candidate.digest,
      dueAt: new Date(candidate.now.getTime() + this.#deps.graceMs),
      reason: candidate.reason,
    });
  }
}

function describeMover({ repository, principal, origin }: ManifestPush) {
  return { repository, principal, origin };
}

function targetOf({ repository: name, repositoryId }: ManifestPush): PushTarget {
  return { name, repositoryId };
}

function tagsOf(push: ManifestPush): readonly Tag[] {
  return push.reference.kind === "tag" ? [push.reference.tag] : [...new Set(push.tags)];
}

/** The digest the client named, once the bytes prove it; sha256 for a push by tag. */
function digestOfPush(push: ManifestPush): Digest {
  const { reference } = push;
  const algorithm = reference.kind === "digest" ? digestAlgorithm(reference.digest) : "sha256";
  const found = toDigest(algorithm, createHash(algorithm).update(push.bytes).digest("hex"));
  if (reference.kind === "digest" && reference.digest !== found) {
    throw new OciError("DIGEST_INVALID", { expected: reference.digest, received: found });
  }
  return found;
}
