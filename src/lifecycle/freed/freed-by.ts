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

interface Answer {
  readonly digest?: Digest;
  readonly freed: Freed;
  readonly withUntagged: Freed;
  readonly otherTags: readonly string[];
}

interface Root {
  readonly id: number;
  readonly digest: Digest;
}

const TAGS = 20;
const NOTHING: readonly Root[] = [];

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
    return {
      digest: root.digest,
      freed: await this.#sum(repository, {
        roots: [root],
        seen,
        takesUntagged: this.#takesUntagged,
      }),
      withUntagged: await this.#sum(repository, { roots: [root], seen, takesUntagged: true }),
      otherTags: await this.#listTags(root.id, undefined),
    };
  }

  get #takesUntagged(): boolean {
    return this.#deps.untagged === "remove";
  }

  /** Its manifest goes with it unless something else holds that, and only where those without a tag are removed. */
  async #findOfTag(
    repository: Repository,
    { tag, seen }: { readonly tag: string; readonly seen: Seen },
  ): Promise<Answer> {
    const root = await this.#getTagged(repository.id, tag);
    const otherTags = await this.#listTags(root.id, tag);
    const ties = await listTies(this.#deps.db, repository.id, [root.id]);
    const isHeld = otherTags.length > 0 || ties.some((one) => listHolders(one).length > 0);
    const roots = isHeld ? NOTHING : [root];
    return {
      digest: root.digest,
      freed: await this.#sum(repository, {
        roots: this.#takesUntagged ? roots : NOTHING,
        seen,
        takesUntagged: this.#takesUntagged,
      }),
      withUntagged: await this.#sum(repository, { roots, seen, takesUntagged: true }),
      otherTags,
    };
  }

  async #findOfRepository(repository: Repository, seen: Seen): Promise<Answer> {
    const freed = await this.#ofEach(repository, seen, (within) =>
      sumOfRepository(this.#deps.db, repository.id, within),
    );
    return { freed, withUntagged: freed, otherTags: [] };
  }

  async #sum(
    repository: Repository,
    doomed: {
      readonly roots: readonly Root[];
      readonly seen: Seen;
      readonly takesUntagged: boolean;
    },
  ): Promise<Freed> {
    const { db } = this.#deps;
    const { roots, seen, takesUntagged } = doomed;
    const [root] = roots;
    if (root === undefined) return await this.#ofEach(repository, seen, async () => 0);
    const fates = new DeletionFates({
      db,
      repository: repository.id,
      root: root.id,
      takesUntagged,
    });
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

  async #getTagged(repository: RepositoryId, tag: string): Promise<Root> {
    const row = await this.#deps.db
      .selectFrom("tags")
      .innerJoin("manifests", "manifests.id", "tags.manifest_id")
      .select(["manifests.id", "manifests.digest"])
      .where("tags.repository_id", "=", repository)
      .where("tags.name", "=", tag as never)
      .executeTakeFirst();
    if (row === undefined) throw unknown(`tag ${tag}`);
    return row;
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
