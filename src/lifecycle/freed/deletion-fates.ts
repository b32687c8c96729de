import type { Kysely } from "kysely";
import type { RegistryTables } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { Fates } from "./freed-bytes.ts";
import { listHolders, listTies, type Ties } from "./ties.ts";

interface DeletionFatesDeps {
  readonly db: Kysely<RegistryTables>;
  readonly repository: RepositoryId;
  /** What is deleted. */
  readonly roots: readonly number[];
  /** What loses its last tag: it goes with what holds it. */
  readonly untagged?: ReadonlySet<number>;
  /** Whether what is left without a tag or an index goes, too. What belongs to a manifest that goes always does. */
  readonly takesUntagged: boolean;
}

/** Nobody nests indexes and signatures that deep; beyond, everything stays. */
const DEEPEST = 12;
const CHUNK = 500;

/** Which manifests go when some are deleted, as collection will decide it. Looks at what hangs together with them alone. */
export class DeletionFates implements Fates {
  readonly #deps: DeletionFatesDeps;
  readonly #known = new Map<number, boolean>();

  constructor(deps: DeletionFatesDeps) {
    this.#deps = deps;
    for (const root of deps.roots) this.#known.set(root, true);
  }

  goes(manifest: number): boolean {
    return this.#known.get(manifest) === true;
  }

  async resolve(manifests: readonly number[]): Promise<void> {
    await this.#resolve(manifests, 0);
  }

  async #resolve(manifests: readonly number[], depth: number): Promise<void> {
    const open = [...new Set(manifests)].filter((id) => !this.#known.has(id));
    if (depth > DEEPEST) {
      for (const id of open) this.#known.set(id, false);
      return;
    }
    for (let start = 0; start < open.length; start += CHUNK)
      await this.#resolveChunk(open.slice(start, start + CHUNK), depth);
  }

  /** What holds a manifest is decided before it; digests do not let them hold each other in a circle. */
  async #resolveChunk(ids: readonly number[], depth: number): Promise<void> {
    const { db, repository } = this.#deps;
    const ties = await listTies(db, repository, ids);
    const tagged = await this.#listTagged(ids);
    const isFree = (one: Ties) => !tagged.has(one.id) && this.#canGo(one);
    for (const one of ties) if (!isFree(one)) this.#known.set(one.id, false);
    for (const one of ties.filter(isFree)) {
      const holders = listHolders(one);
      await this.#resolve(holders, depth + 1);
      this.#known.set(
        one.id,
        holders.every((holder) => this.goes(holder)),
      );
    }
  }

  #canGo(one: Ties): boolean {
    return this.#deps.takesUntagged ? listHolders(one).length > 0 : one.subject !== undefined;
  }

  async #listTagged(ids: readonly number[]): Promise<ReadonlySet<number>> {
    const { db, untagged } = this.#deps;
    const rows = await db
      .selectFrom("tags")
      .select("manifest_id")
      .where("manifest_id", "in", ids as never)
      .execute();
    const tagged = rows.map((row) => row.manifest_id);
    return new Set(tagged.filter((id) => untagged?.has(id) !== true));
  }
}
