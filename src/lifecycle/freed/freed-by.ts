import type { Kysely } from "kysely";
import { PROBLEMS } from "../../contract/problems.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { DeletionFates } from "./deletion-fates.ts";
import { FreedBytes, type Within } from "./freed-bytes.ts";
import { listHolders, listTies } from "./ties.ts";
import { sumOfRepository } from "./whole-repository.ts";

interface FreedByDeps {
  readonly db: Kysely<LifecycleTables>;
  /** `collection.untagged`. */
  readonly untagged: "keep" | "remove";
}

export interface Doomed {
  readonly repository: Repository;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
}

/** Which scopes the caller may know of, beside the repository. */
export type Seen = ReadonlySet<"namespace" | "hub">;

export interface Freed {
  readonly repository: number;
  readonly namespace?: number;
  readonly hub?: number;
}

interface Sums {
  readonly freed: Freed;
  readonly withUntagged: Freed;
}

interface Answer extends Sums {
  readonly digest?: Digest;
  readonly otherTags: readonly string[];
}

interface AnswerOfTags extends Sums {
  /** Tags that are not there. */
  readonly unknown: readonly string[];
}

interface Root {
  readonly id: number;
  readonly digest: Digest;
}

interface Tagged extends Root {
  readonly tag: string;
}

/** What goes at once, and what loses its last tag and goes with what holds it. */
interface Going {
  readonly roots: readonly Root[];
  readonly untagged?: ReadonlySet<number>;
}

const TAGS = 20;
const NOTHING: Going = { roots: [] };

/** What a deletion would free. Nothing is held: what others push and delete meanwhile changes the answer. */
export class FreedBy {
  readonly #deps: FreedByDeps;

  constructor(deps: FreedByDeps) {
    this.#deps = deps;
  }

  get untagged(): "keep" | "remove" {
    return this.#deps.untagged;
  }

  /** Throws NOT_FOUND for a tag or a manifest that is not there. */
  async find({ repository, tag, digest }: Doomed, seen: Seen): Promise<Answer> {
    if (tag !== undefined) return await this.#findOfTag(repository, { tag, seen });
    if (digest === undefined) return await this.#findOfRepository(repository, seen);
    const root = await this.#getManifest(repository.id, digest);
    const going = { roots: [root] };
    return {
      digest: root.digest,
      ...(await this.#sumBoth(repository, { atOnce: going, ever: going, seen })),
      otherTags: await this.#listTags(root.id, undefined),
    };
  }

  /** Of tags that are deleted together: what they share goes with the last of them, and counts once. */
  async findOfTags(
    repository: Repository,
    tags: readonly string[],
    seen: Seen,
  ): Promise<AnswerOfTags> {
    const found = await this.#listTagged(repository.id, tags);
    const there = new Set(found.map(({ tag }) => tag));
    return {
      unknown: [...new Set(tags)].filter((tag) => !there.has(tag)),
      ...(await this.#sumOfTags(repository, found, seen)),
    };
  }

  get #takesUntagged(): boolean {
    return this.#deps.untagged === "remove";
  }

  async #findOfTag(
    repository: Repository,
    { tag, seen }: { readonly tag: string; readonly seen: Seen },
  ): Promise<Answer> {
    const found = await this.#listTagged(repository.id, [tag]);
    const [root] = found;
    if (root === undefined) throw unknown(`tag ${tag}`);
    return {
      digest: root.digest,
      ...(await this.#sumOfTags(repository, found, seen)),
      otherTags: await this.#listTags(root.id, tag),
    };
  }

  /** Manifests go with their last tag unless something else holds them, and only where those without a tag are removed. */
  async #sumOfTags(repository: Repository, tagged: readonly Tagged[], seen: Seen): Promise<Sums> {
    const untagged = await this.#listUntagged(tagged);
    const ids = [...untagged.keys()];
    const ties = await listTies(this.#deps.db, repository.id, ids);
    const held = new Set(ties.filter((one) => listHolders(one).length > 0).map(({ id }) => id));
    const roots = [...untagged.values()].filter(({ id }) => !held.has(id));
    const ever = { roots, untagged: new Set(ids) };
    const atOnce = this.#takesUntagged ? ever : NOTHING;
    return await this.#sumBoth(repository, { atOnce, ever, seen });
  }

  async #findOfRepository(repository: Repository, seen: Seen): Promise<Answer> {
    const freed = await this.#ofEach(repository, seen, (within) =>
      sumOfRepository(this.#deps.db, repository.id, within),
    );
    return { freed, withUntagged: freed, otherTags: [] };
  }

  async #sumBoth(
    repository: Repository,
    { atOnce, ever, seen }: { readonly atOnce: Going; readonly ever: Going; readonly seen: Seen },
  ): Promise<Sums> {
    const withUntagged = await this.#sum(repository, { ...ever, seen, takesUntagged: true });
    if (this.#takesUntagged) return { freed: withUntagged, withUntagged };
    const freed = await this.#sum(repository, { ...atOnce, seen, takesUntagged: false });
    return { freed, withUntagged };
  }

  async #sum(
    repository: Repository,
    doomed: Going & { readonly seen: Seen; readonly takesUntagged: boolean },
  ): Promise<Freed> {
    const { db } = this.#deps;
    const { roots, seen, ...rest } = doomed;
    if (roots.length === 0) return await this.#ofEach(repository, seen, async () => 0);
    const ids = roots.map(({ id }) => id);
    const fates = new DeletionFates({ db, repository: repository.id, ...rest, roots: ids });
    return await this.#ofEach(repository, seen, async (within) => {
      const bytes = new FreedBytes({ db, repository: repository.id, fates, within });
      return [...(await bytes.count(roots)).values()].reduce((sum, one) => sum + one, 0);
    });
  }

  async #ofEach(
    { namespaceId }: Repository,
    seen: Seen,
    sum: (within: Within) => Promise<number>,
  ): Promise<Freed> {
    return {
      repository: await sum("repository"),
      ...(seen.has("namespace") && namespaceId !== undefined
        ? { namespace: await sum({ namespace: namespaceId }) }
        : {}),
      ...(seen.has("hub") ? { hub: await sum("hub") } : {}),
    };
  }

  async #listTagged(repository: RepositoryId, tags: readonly string[]): Promise<readonly Tagged[]> {
    return await this.#deps.db
      .selectFrom("tags")
      .innerJoin("manifests", "manifests.id", "tags.manifest_id")
      .select(["tags.name as tag", "manifests.id", "manifests.digest"])
      .where("tags.repository_id", "=", repository)
      .where("tags.name", "in", tags as never)
      .execute();
  }

  /** Those of their manifests that no tag beside them names. */
  async #listUntagged(tagged: readonly Tagged[]): Promise<ReadonlyMap<number, Root>> {
    const roots = new Map(tagged.map(({ id, digest }) => [id, { id, digest }]));
    if (roots.size === 0) return roots;
    const rows = await this.#deps.db
      .selectFrom("manifests")
      .select("id")
      .where("id", "in", [...roots.keys()] as never)
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom("tags")
            .select("tags.name")
            .whereRef("tags.manifest_id", "=", "manifests.id")
            .where("tags.name", "not in", tagged.map(({ tag }) => tag) as never),
        ),
      )
      .execute();
    for (const { id } of rows) roots.delete(id);
    return roots;
  }

  async #getManifest(repository: RepositoryId, digest: string): Promise<Root> {
    const row = isDigest(digest)
      ? await this.#deps.db
          .selectFrom("manifests")
          .select(["id", "digest"])
          .where("repository_id", "=", repository)
          .where("digest", "=", digest)
          .executeTakeFirst()
      : undefined;
    if (row === undefined) throw unknown("such manifest");
    return row;
  }

  async #listTags(manifest: number, except: string | undefined): Promise<readonly string[]> {
    const rows = await this.#deps.db
      .selectFrom("tags")
      .select("name")
      .where("manifest_id", "=", manifest as never)
      .$if(except !== undefined, (query) => query.where("name", "!=", except as never))
      .orderBy("name")
      .limit(TAGS)
      .execute();
    return rows.map(({ name }) => name);
  }
}

function unknown(what: string): ProblemError {
  return new ProblemError(PROBLEMS.NOT_FOUND, { detail: `the repository has no ${what}` });
}
