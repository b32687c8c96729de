import { setImmediate } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { decideManifest } from "../collection/manifest-verdict.ts";
import { findCandidate } from "../store/collection-queue-store.ts";
import { findManifestId } from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import {
  findNextTag,
  findTagEventAt,
  listTagEvents,
  type TagEvent,
  type TrimStep,
  trimTagEvents,
} from "../store/tag-events-store.ts";
import { findTag } from "../store/tags-store.ts";
import { findTombstone, listTombstones, type Tombstone } from "../store/tombstones-store.ts";

interface TagHistoryDeps {
  readonly database: Database<RegistryTables>;
  readonly untagged: "keep" | "remove";
  readonly clock: () => Date;
}

/**
 * What becomes of a manifest that a tag named. `here`: it can be pulled by its digest. `deleted`: it can be brought back.
 * `gone`: neither. `until` is when collection may end that; undefined while something holds it.
 */
export interface Fate {
  readonly state: "here" | "deleted" | "gone";
  readonly until: Date | undefined;
}

export interface TagMoved extends TagEvent {
  /** Of what the tag named from then on, or before it was deleted. */
  readonly fate: Fate;
}

/** What a tag named at some time, and the move that led there. */
export interface PastTag {
  readonly tag: Tag;
  readonly digest: Digest;
  readonly moved: TagMoved;
}

type Db = Kysely<RegistryTables>;

/** Tags that one page looks at; the rest is for the next. */
const LOOKED_AT = 5000;
/** Tags that are looked at between two turns of everybody else. */
const STEP = 100;
const TRIMMED = 1000;

/** What tags were. */
export class TagHistory {
  readonly #deps: TagHistoryDeps;

  constructor(deps: TagHistoryDeps) {
    this.#deps = deps;
  }

  /** The moves of a tag, the latest first. */
  async list(
    of: { readonly repositoryId: RepositoryId; readonly tag: Tag },
    page: { readonly before: number | undefined; readonly limit: number },
  ): Promise<readonly TagMoved[]> {
    const { reader } = this.#deps.database;
    const events = await listTagEvents(reader, of, page);
    return await Promise.all(events.map((event) => this.#withFate(reader, of.repositoryId, event)));
  }

  /** What a tag named at a time; undefined if it was not there. */
  async findAt(
    of: { readonly repositoryId: RepositoryId; readonly tag: Tag },
    at: Date,
  ): Promise<PastTag | undefined> {
    const { reader } = this.#deps.database;
    const event = await findTagEventAt(reader, of, at);
    if (event === undefined || event.to === null) return undefined;
    const moved = await this.#withFate(reader, of.repositoryId, event);
    return { tag: of.tag, digest: event.to, moved };
  }

  /** What the tag named last before it was deleted; undefined if it is there, or never was. */
  async findLost(of: {
    readonly repositoryId: RepositoryId;
    readonly tag: Tag;
  }): Promise<PastTag | undefined> {
    const { reader } = this.#deps.database;
    if ((await findTag(reader, of.repositoryId, of.tag)) !== undefined) return undefined;
    const [event] = await listTagEvents(reader, of, { before: undefined, limit: 1 });
    if (event === undefined || event.from === null) return undefined;
    const moved = await this.#withFate(reader, of.repositoryId, event);
    return { tag: of.tag, digest: event.from, moved };
  }

  /** What the tags of a repository named at a time, in byte order. `next` is where the next page begins. */
  async listAt(
    repositoryId: RepositoryId,
    page: { readonly at: Date; readonly after: string | undefined; readonly limit: number },
  ): Promise<{ readonly items: readonly PastTag[]; readonly next: Tag | undefined }> {
    return await this.#walk(repositoryId, page, (tag) =>
      this.findAt({ repositoryId, tag }, page.at),
    );
  }

  /** Tags that were deleted, in byte order, with what they named; not those that nothing can bring back. */
  async listLost(
    repositoryId: RepositoryId,
    page: { readonly after: string | undefined; readonly limit: number },
  ): Promise<{ readonly items: readonly PastTag[]; readonly next: Tag | undefined }> {
    return await this.#walk(repositoryId, page, async (tag) => {
      const lost = await this.findLost({ repositoryId, tag });
      return lost?.moved.fate.state === "gone" ? undefined : lost;
    });
  }

  /** Manifests that were deleted and can be brought back, the latest first. */
  async listDeleted(
    repositoryId: RepositoryId,
    page: { readonly before: number | undefined; readonly limit: number },
  ): Promise<readonly Tombstone[]> {
    const { database, clock } = this.#deps;
    return await listTombstones(database.reader, repositoryId, { ...page, now: clock() });
  }

  /** Forgets moves that are of no use for telling what any tag has been since `before`. */
  async trim(before: Date, signal: AbortSignal): Promise<void> {
    let after: number | undefined = 0;
    while (after !== undefined && !signal.aborted) {
      const step: TrimStep = { after, limit: TRIMMED, before };
      after = await this.#deps.database.write((trx) => trimTagEvents(trx, step));
      await setImmediate();
    }
  }

  async #walk(
    repositoryId: RepositoryId,
    page: { readonly after: string | undefined; readonly limit: number },
    look: (tag: Tag) => Promise<PastTag | undefined>,
  ): Promise<{ readonly items: readonly PastTag[]; readonly next: Tag | undefined }> {
    const { reader } = this.#deps.database;
    const items: PastTag[] = [];
    let at = (page.after ?? "") as Tag;
    for (let seen = 1; ; seen += 1) {
      const tag = await findNextTag(reader, repositoryId, at);
      if (tag === undefined) return { items, next: undefined };
      if (items.length === page.limit || seen > LOOKED_AT) return { items, next: at };
      at = tag;
      const found = await look(tag);
      if (found !== undefined) items.push(found);
      if (seen % STEP === 0) await setImmediate();
    }
  }

  async #withFate(db: Db, repositoryId: RepositoryId, event: TagEvent): Promise<TagMoved> {
    const digest = event.to ?? event.from;
    const fate: Fate =
      digest === null
        ? { state: "gone", until: undefined }
        : await this.#findFate(db, repositoryId, digest);
    return { ...event, fate };
  }

  async #findFate(db: Db, repositoryId: RepositoryId, digest: Digest): Promise<Fate> {
    const { untagged, clock } = this.#deps;
    if ((await findManifestId(db, repositoryId, digest)) === undefined) {
      const tombstone = await findTombstone(db, repositoryId, { digest, now: clock() });
      if (tombstone === undefined) return { state: "gone", until: undefined };
      return { state: "deleted", until: tombstone.until };
    }
    const queued = await findCandidate(db, { kind: "manifest", repositoryId, digest });
    if (queued === undefined) return { state: "here", until: undefined };
    const { keep } = await decideManifest(db, { repositoryId, digest, untagged });
    return { state: "here", until: keep ? undefined : queued.dueAt };
  }
}
