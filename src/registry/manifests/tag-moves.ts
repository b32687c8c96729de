import type { Kysely } from "kysely";
import type { Journal, Origin, Principal } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import { recordEvent } from "../../platform/jobs/outbox.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { queueCandidate } from "../store/collection-queue-store.ts";
import type { ManifestId, RegistryTables, TagCause } from "../store/tables.ts";
import { findTag, moveTag, touchTag } from "../store/tags-store.ts";
import type { TagKeeper } from "./tag-keeper.ts";
import { tokenOf } from "./token-of.ts";

interface TagMoveDeps {
  readonly journal: Journal;
  readonly tagKeeper: TagKeeper;
  readonly graceMs: number;
}

/** A tag that shall name a manifest of the repository, and on whose behalf. */
export interface TagMoveWish {
  readonly repository: RepositoryName;
  readonly repositoryId: RepositoryId;
  readonly tag: Tag;
  readonly to: { readonly manifestId: ManifestId; readonly digest: Digest };
  readonly principal: Principal;
  readonly origin: Origin;
  readonly cause: TagCause;
  readonly now: Date;
  /** Looks at what the tag names now; throws to leave it there. */
  readonly assertFits?: (current: Digest | undefined) => void;
}

/**
 * The one way in which a tag comes to name something: rules about tags are asked, and history, audit trail, events and
 * collection hear of it, all in the caller's transaction. The caller has decided that the principal may push, and forgets
 * the tag in the cache once it is committed.
 */
export class TagMoves {
  readonly #deps: TagMoveDeps;

  constructor(deps: TagMoveDeps) {
    this.#deps = deps;
  }

  /** False if the tag names it already: then it is merely as young as one that was pushed now. Throws what `assertFits` and the rules about tags throw. */
  async move(trx: Kysely<RegistryTables>, wish: TagMoveWish): Promise<boolean> {
    const { repository, repositoryId, tag, to, principal, origin, cause, now } = wish;
    const before = await findTag(trx, repositoryId, tag);
    wish.assertFits?.(before?.digest);
    if (before?.digest === to.digest) {
      await touchTag(trx, { repositoryId, tag, now });
      return false;
    }
    await this.#deps.tagKeeper.assertMay(trx, {
      ...{ repository, repositoryId, tags: [tag] },
      deed: before === undefined ? "create" : "move",
      by: { kind: MOVER[cause] ?? "caller", principal, origin },
    });
    const by = { actor: principal.name, token: tokenOf(principal), cause };
    await moveTag(trx, { repositoryId, tag, from: before?.digest, to, by, now });
    const [account = ""] = repository.split("/", 1);
    await this.#deps.journal.record(trx, {
      ...{ by: principal, origin, account, name: `${repository}:${tag}` },
      action: "repo.tag.push",
      ...(before === undefined ? {} : { before: { digest: before.digest } }),
      after: { digest: to.digest, ...(IS_PUSH.has(cause) ? {} : { cause }) },
    });
    if (before !== undefined) await this.#leave(trx, wish, before.digest);
    return true;
  }

  async #leave(trx: Kysely<RegistryTables>, wish: TagMoveWish, from: Digest): Promise<void> {
    const { repository, repositoryId, tag, to, principal, origin, now } = wish;
    const by = { actor: principal.name, ...origin };
    await recordEvent(trx, {
      topic: "tag.moved",
      orderingKey: repository,
      payload: { repository, repositoryId, tag, from, digest: to.digest, ...by },
      at: now,
    });
    const dueAt = new Date(now.getTime() + this.#deps.graceMs);
    const reason = `tag ${tag} moved away from it`;
    await queueCandidate(trx, { kind: "manifest", repositoryId, digest: from, dueAt, reason });
  }
}

/** How those who keep rules about tags know it. */
const MOVER: Partial<Record<TagCause, "restore" | "follower">> = {
  restore: "restore",
  alias: "follower",
  assembled: "follower",
};

/** What the audit trail need not say of a push. */
const IS_PUSH: ReadonlySet<TagCause> = new Set(["push", "retag"]);
