import { setImmediate } from "node:timers/promises";
import type { ExpressionBuilder, Kysely } from "kysely";
import { IdSet } from "../../lib/id-set.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { listBelow } from "./ties.ts";

/** Which manifests of a repository go; `goes` may be asked of those that were resolved. */
export interface Fates {
  resolve(manifests: readonly number[]): Promise<void>;
  goes(manifest: number): boolean;
}

interface Going {
  readonly id: number;
  readonly digest: Digest;
}

interface BlobRow extends Going {
  readonly size: number;
  /** One of the manifests of the page that name it. */
  readonly holder: number;
}

interface NamedRow extends BlobRow {
  /** Whether another manifest of the repository names it, too. */
  readonly isShared: boolean;
}

/** The hub, a namespace by its id, or the repository itself. */
export type Within = "hub" | "repository" | { readonly namespace: number };

type Db = Kysely<RegistryTables>;

const CHUNK = 500;
/** Manifests whose layers are looked at before others get their turn: an image has dozens. */
const SLICE = 50;
/** A layer that more manifests share is looked at a page at a time: mostly the first page has one that stays. */
const FEW = 64;
/** Configurations and layers lie side by side in the order of the index: one search finds both. */
const FIRST_KIND = "config";
const LAST_KIND = "layer";

/**
 * What goes with removed manifests once collection has been there: bytes that nothing else of the hub (or of a narrower
 * scope) needs, each blob at the first manifest that holds it, so that the sum is what the whole removal frees. Remembers a
 * bit for each blob.
 */
export class FreedBytes {
  readonly #db: Db;
  readonly #repository: RepositoryId;
  readonly #fates: Fates;
  readonly #within: Within;
  readonly #counted = new IdSet();
  readonly #settled = new IdSet();

  constructor(deps: {
    readonly db: Db;
    readonly repository: RepositoryId;
    readonly fates: Fates;
    /** Whose needs count; all of the hub's when it is left away. */
    readonly within?: Within;
  }) {
    this.#db = deps.db;
    this.#repository = deps.repository;
    this.#fates = deps.fates;
    this.#within = deps.within ?? "hub";
  }

  /** For each of these manifests the bytes that go with it and with what hangs below it. */
  async count(roots: readonly Going[]): Promise<ReadonlyMap<number, number>> {
    const owners = await this.#descend(roots);
    const bytes = new Map<number, number>();
    const manifests = [...owners].map(([id, { digest }]) => ({ id, digest }));
    for (let start = 0; start < manifests.length; start += SLICE) {
      const some = manifests.slice(start, start + SLICE);
      for (const { holder, size } of await this.#listFreed(some)) {
        const root = owners.get(holder)?.root ?? holder;
        bytes.set(root, (bytes.get(root) ?? 0) + size);
      }
      // The database answers at once: others get their turn between chunks.
      await setImmediate();
    }
    return bytes;
  }

  /** Children and referrers that go with them, each with the root at which it counts. */
  async #descend(
    roots: readonly Going[],
  ): Promise<ReadonlyMap<number, { readonly digest: Digest; readonly root: number }>> {
    const owners = new Map<number, { readonly digest: Digest; readonly root: number }>();
    let level: readonly Going[] = roots.filter(
      ({ id }) => this.#fates.goes(id) && this.#counted.add(id),
    );
    for (const { id, digest } of level) owners.set(id, { digest, root: id });
    while (level.length > 0) {
      const next: Going[] = [];
      for (const { above, ...below } of await this.#listGoingBelow(level)) {
        owners.set(below.id, { digest: below.digest, root: owners.get(above)?.root ?? above });
        next.push(below);
      }
      level = next;
    }
    return owners;
  }

  async #listGoingBelow(level: readonly Going[]): Promise<readonly (Going & { above: number })[]> {
    const found: (Going & { above: number })[] = [];
    for (let start = 0; start < level.length; start += CHUNK) {
      const some = level.slice(start, start + CHUNK);
      const below = await listBelow(this.#db, this.#repository, some);
      await this.#fates.resolve(below.map(({ id }) => id));
      found.push(...below.filter(({ id }) => this.#fates.goes(id) && this.#counted.add(id)));
      await setImmediate();
    }
    return found;
  }

  async #listFreed(manifests: readonly Going[]): Promise<readonly BlobRow[]> {
    const named = await this.#listNamed(manifests);
    const fresh = named.filter(({ id }) => this.#settled.add(id));
    const own = await this.#filterOwn(fresh);
    const freed = await this.#filterUnheld(own.filter(({ isShared }) => isShared));
    const alone = own.filter(({ isShared }) => !isShared);
    if (this.#within === "repository")
      return [...alone, ...freed, ...(await this.#listSizes(manifests))];
    const copies = await this.#listCopies(manifests);
    return [...alone, ...freed, ...copies.filter(({ id }) => this.#settled.add(id))];
  }

  /** Their configurations and layers, each once: the many images that share one ask for it together. */
  async #listNamed(manifests: readonly Going[]): Promise<readonly NamedRow[]> {
    const ids = manifests.map(({ id }) => id as never);
    const rows = await this.#db
      .selectFrom((from) =>
        from
          .selectFrom("manifest_references")
          .select((is) => ["digest", is.fn.min<number>("manifest_id").as("holder")])
          .where("manifest_id", "in", ids)
          .where("kind", ">=", FIRST_KIND)
          .where("kind", "<=", LAST_KIND)
          .groupBy("digest")
          .as("named"),
      )
      .innerJoin("blobs", "blobs.digest", "named.digest")
      .select(({ exists, selectFrom }) => [
        ...(["blobs.id", "blobs.digest", "blobs.size", "named.holder"] as const),
        exists(
          selectFrom("manifest_references as others")
            .select("others.manifest_id")
            .where("others.repository_id", "=", this.#repository)
            .whereRef("others.digest", "=", "named.digest")
            .whereRef("others.manifest_id", "!=", "named.holder" as never)
            .where("others.kind", ">=", FIRST_KIND)
            .where("others.kind", "<=", LAST_KIND),
        ).as("shared"),
      ])
      .where("blobs.state", "in", ["live", "due"])
      .execute();
    return rows.map(({ shared, ...row }) => ({ ...row, isShared: Boolean(shared) }));
  }

  /** Of the manifests themselves, which count for their repository whoever else has them. */
  async #listSizes(manifests: readonly Going[]): Promise<readonly BlobRow[]> {
    const ids = manifests.map(({ id }) => id as never);
    const rows = await this.#db
      .selectFrom("manifests")
      .select(["id", "digest", "size"])
      .where("id", "in", ids)
      .execute();
    return rows.map((row) => ({ ...row, holder: row.id }));
  }

  /** Without those that another repository of the scope may read. */
  async #filterOwn(blobs: readonly NamedRow[]): Promise<readonly NamedRow[]> {
    if (this.#within === "repository") return blobs;
    const own: NamedRow[] = [];
    for (let start = 0; start < blobs.length; start += CHUNK) {
      const some = blobs.slice(start, start + CHUNK);
      const rows = await this.#selectOwn(some.map(({ id }) => id)).execute();
      const ids = new Set<number>(rows.map(({ id }) => id));
      own.push(...some.filter(({ id }) => ids.has(id)));
    }
    return own;
  }

  #selectOwn(blobs: readonly number[]) {
    return this.#db
      .selectFrom("blobs")
      .select("blobs.id")
      .where("blobs.id", "in", blobs as never)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("repository_blobs")
              .select("repository_blobs.blob_id")
              .whereRef("repository_blobs.blob_id", "=", "blobs.id")
              .where((is) => this.#isOther(is, "repository_blobs.repository_id")),
          ),
        ),
      )
      .$if(this.#within === "hub", (query) =>
        query.where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom("manifests")
                .select("manifests.id")
                .whereRef("manifests.digest", "=", "blobs.digest"),
            ),
          ),
        ),
      );
  }

  /** The copies of the manifests themselves, unless another repository has the same. */
  async #listCopies(manifests: readonly Going[]): Promise<readonly BlobRow[]> {
    const holders = new Map(manifests.map(({ id, digest }) => [digest, id]));
    const rows = await this.#db
      .selectFrom("blobs")
      .select(["blobs.id", "blobs.digest", "blobs.size"])
      .where("blobs.digest", "in", [...holders.keys()])
      .where("blobs.state", "in", ["live", "due"])
      .$if(this.#within === "hub", (query) =>
        query.where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom("repository_blobs")
                .select("repository_blobs.blob_id")
                .whereRef("repository_blobs.blob_id", "=", "blobs.id"),
            ),
          ),
        ),
      )
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom("manifests")
              .select("manifests.id")
              .whereRef("manifests.digest", "=", "blobs.digest")
              .where((is) => this.#isOther(is, "manifests.repository_id")),
          ),
        ),
      )
      .execute();
    return rows.map((row) => ({ ...row, holder: holders.get(row.digest) ?? 0 }));
  }

  /** Whether it is another repository of the scope. */
  #isOther<Column extends string>(
    is: ExpressionBuilder<RegistryTables, keyof RegistryTables>,
    column: Column,
  ) {
    const within = this.#within;
    const isAnother = is(column as never, "!=", this.#repository as never);
    if (within === "hub") return isAnother;
    if (within === "repository") return is.lit(false);
    const siblings = is
      .selectFrom("repositories")
      .select("repositories.id")
      .where("repositories.namespace_id", "=", within.namespace as NamespaceId);
    return is.and([isAnother, is(column as never, "in", siblings as never)]);
  }

  /** Without those that a manifest of the repository needs that stays. */
  async #filterUnheld(blobs: readonly BlobRow[]): Promise<readonly BlobRow[]> {
    const free: BlobRow[] = [];
    for (let start = 0; start < blobs.length; start += CHUNK) {
      const some = blobs.slice(start, start + CHUNK);
      const holders = await this.#listHolders(some.map(({ digest }) => digest));
      await this.#fates.resolve([...holders.values()].flat());
      for (const { digest, ...blob } of some) {
        const few = holders.get(digest);
        const isHeld = few?.some((id) => !this.#fates.goes(id)) ?? (await this.#isHeld(digest));
        if (!isHeld) free.push({ digest, ...blob });
      }
    }
    return free;
  }

  /** The manifests of the repository that name each of these, unless they are many. */
  async #listHolders(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, readonly number[]>> {
    const rows = await this.#selectHolders(digests)
      .select((is) => [
        "digest",
        is.fn.countAll<number>().as("count"),
        is.fn.min<number>("manifest_id").as("first"),
        is.fn.max<number>("manifest_id").as("last"),
      ])
      .groupBy("digest")
      .execute();
    const found = new Map<Digest, number[]>();
    // Mostly it is one, and nothing else is to be asked.
    for (const { digest, count, first, last } of rows)
      if (Number(count) <= 2) found.set(digest, [Number(first), Number(last)]);
    const some = rows.filter(({ count }) => Number(count) > 2 && Number(count) <= FEW);
    for (const { digest } of some) found.set(digest, []);
    if (some.length === 0) return found;
    const named = await this.#selectHolders(some.map(({ digest }) => digest))
      .select(["digest", "manifest_id"])
      .execute();
    for (const { digest, manifest_id: id } of named) found.get(digest)?.push(id);
    return found;
  }

  async #isHeld(digest: Digest): Promise<boolean> {
    const isHeld =
      (await this.#isHeldAs(digest, "layer")) || (await this.#isHeldAs(digest, "config"));
    await setImmediate();
    return isHeld;
  }

  async #isHeldAs(digest: Digest, kind: "layer" | "config"): Promise<boolean> {
    // The youngest first: mostly it is those that stay.
    for (let last = Number.MAX_SAFE_INTEGER; ; ) {
      const rows = await this.#db
        .selectFrom("manifest_references")
        .select("manifest_id")
        .where("repository_id", "=", this.#repository)
        .where("digest", "=", digest)
        .where("kind", "=", kind)
        .where("manifest_id", "<", last as never)
        .orderBy("manifest_id", "desc")
        .limit(CHUNK)
        .execute();
      await this.#fates.resolve(rows.map((row) => row.manifest_id));
      if (rows.some((row) => !this.#fates.goes(row.manifest_id))) return true;
      if (rows.length < CHUNK) return false;
      last = rows.at(-1)?.manifest_id ?? last;
    }
  }

  #selectHolders(digests: readonly Digest[]) {
    return this.#db
      .selectFrom("manifest_references")
      .where("repository_id", "=", this.#repository)
      .where("digest", "in", digests)
      .where("kind", "in", ["config", "layer"]);
  }
}
