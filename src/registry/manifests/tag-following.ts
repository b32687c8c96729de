import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { Origin, Principal } from "../../access/index.ts";
import { type Digest, toDigest } from "../../oci/digest.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { Tag } from "../../oci/tag.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { PushTarget } from "../../repositories/index.ts";
import { readImageConfig } from "../blobs/image-config.ts";
import { recordDueCopy } from "../store/blobs-store.ts";
import { queueCandidate } from "../store/collection-queue-store.ts";
import { findManifestId, findManifestOf, insertManifest } from "../store/manifests-store.ts";
import type { RegistryTables, TagCause } from "../store/tables.ts";
import { removeTombstone } from "../store/tombstones-store.ts";
import { recordPush } from "./push-event.ts";
import type {
  FollowerHands,
  NamedManifest,
  ReadManifest,
  TagFollowers,
  TagsPushed,
} from "./tag-followers.ts";
import { isTagRefusal } from "./tag-keeper.ts";
import type { TagMoves } from "./tag-moves.ts";

interface TagFollowingDeps {
  readonly followers: TagFollowers;
  readonly tagMoves: Pick<TagMoves, "move">;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly graceMs: number;
  readonly tellsReferences: boolean;
}

type Trx = Kysely<RegistryTables>;
type Pushed = TagsPushed & {
  readonly principal: Principal;
  readonly origin: Origin;
  readonly now: Date;
};

/** What came of a push beside itself. */
export interface Followed {
  /** To be forgotten by the cache once it is committed. */
  readonly moved: readonly Tag[];
  /** Those of them that name what was pushed. */
  readonly aliases: readonly Tag[];
  /** Sentences for the pusher. */
  readonly warnings: readonly string[];
}

interface Gathered extends Followed {
  readonly moved: Tag[];
  readonly warnings: string[];
  readonly named: { tag: Tag; digest: Digest }[];
  readonly assembled: { manifest: Manifest; digest: Digest; size: number }[];
}

/** Moves the tags that follow what was pushed, in the transaction of the push; nothing of it makes the push fail. */
export class TagFollowing {
  readonly #deps: TagFollowingDeps;

  constructor(deps: TagFollowingDeps) {
    this.#deps = deps;
  }

  /** Before the transaction. */
  async prepare(target: PushTarget, tags: readonly Tag[]): Promise<void> {
    if (tags.length > 0) await this.#deps.followers.prepare(target, tags);
  }

  async follow(trx: Trx, pushed: Pushed): Promise<Followed> {
    const gathered: Gathered = { moved: [], aliases: [], warnings: [], named: [], assembled: [] };
    if (pushed.tags.length === 0) return gathered;
    await this.#deps.followers.follow(trx, pushed, this.#createHands(trx, pushed, gathered));
    const tagsOf = (digest: Digest) =>
      gathered.named.filter((one) => one.digest === digest).map(({ tag }) => tag);
    for (const index of gathered.assembled) {
      const { tellsReferences } = this.#deps;
      await recordPush(trx, { ...pushed, ...index, tags: tagsOf(index.digest), tellsReferences });
    }
    return { ...gathered, aliases: tagsOf(pushed.to.digest) };
  }

  #createHands(trx: Trx, pushed: Pushed, gathered: Gathered): FollowerHands {
    return {
      moveAlias: (alias, to) =>
        this.#move(trx, pushed, { tag: alias, to, cause: "alias", gathered }),
      assemble: (tag, bytes) => this.#assemble(trx, pushed, { tag, bytes, gathered }),
      read: (digest) => this.#read(trx, pushed, digest),
      warn: (sentence) => gathered.warnings.push(sentence),
    };
  }

  async #move(
    trx: Trx,
    { repository, repositoryId, principal, origin, now }: Pushed,
    wish: { tag: Tag; to: NamedManifest; cause: TagCause; gathered: Gathered },
  ): Promise<boolean> {
    const { tag, to, cause, gathered } = wish;
    const by = { repository, repositoryId, principal, origin, now };
    try {
      if (!(await this.#deps.tagMoves.move(trx, { ...by, tag, to, cause }))) return true;
    } catch (refusal) {
      // Rules are asked before anything is written. The push itself is allowed, and its user is told of the rest.
      if (!isTagRefusal(refusal)) throw refusal;
      gathered.warnings.push(`${tag} was not moved: ${refusal.message}`);
      return false;
    }
    gathered.moved.push(tag);
    gathered.named.push({ tag, digest: to.digest });
    return true;
  }

  async #assemble(
    trx: Trx,
    pushed: Pushed,
    { tag, bytes, gathered }: { tag: Tag; bytes: Buffer; gathered: Gathered },
  ): Promise<NamedManifest | undefined> {
    const { repositoryId, now } = pushed;
    const manifest = parseManifest({ bytes, contentType: undefined });
    const digest = toDigest("sha256", createHash("sha256").update(bytes).digest("hex"));
    const known = await findManifestId(trx, repositoryId, digest);
    const facts = { digest, payload: bytes, manifest, now };
    const manifestId = known ?? (await insertManifest(trx, repositoryId, facts));
    const size = bytes.length;
    if (known === undefined) {
      await recordDueCopy(trx, { digest, size }, now);
      await removeTombstone(trx, repositoryId, digest);
    }
    const to = { manifestId, digest };
    if (await this.#move(trx, pushed, { tag, to, cause: "assembled", gathered })) {
      const isNew = gathered.named.some((one) => one.tag === tag && one.digest === digest);
      if (isNew) gathered.assembled.push({ manifest, digest, size });
      return to;
    }
    const reason = `assembled for ${tag}, which a rule about tags keeps as it is`;
    const dueAt = new Date(now.getTime() + this.#deps.graceMs);
    await queueCandidate(trx, { kind: "manifest", repositoryId, digest, dueAt, reason });
    return undefined;
  }

  async #read(
    trx: Trx,
    { repositoryId }: Pushed,
    digest: Digest,
  ): Promise<ReadManifest | undefined> {
    const found = await findManifestOf(trx, repositoryId, digest);
    if (found === undefined) return undefined;
    const { payload: bytes, mediaType: contentType } = found;
    const manifest = parseManifest({ bytes, contentType });
    const source = { db: trx, blobs: this.#deps.blobs };
    const config = await readImageConfig(source, repositoryId, manifest.config);
    return { manifest, size: bytes.length, config };
  }
}
