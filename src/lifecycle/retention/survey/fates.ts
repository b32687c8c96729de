import type { Kysely } from "kysely";
import { IdSet } from "../../../lib/id-set.ts";
import { rootOfCompanion } from "../../../oci/referrers.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import { listHolders, listTies, type Ties } from "../../freed/ties.ts";
import type { Decision } from "../judgement/candidate.ts";
import type { RetentionTables } from "../tables.ts";
import {
  type Facts,
  findManifestByDigest,
  listReleased,
  listTagFactsOf,
  listTagsOf,
  listUntaggedFacts,
} from "./facts-store.ts";

interface FateDeps {
  readonly db: Kysely<RetentionTables>;
  readonly repository: RepositoryId;
  /** By the policy alone, without what hangs together. */
  readonly judge: (facts: readonly Facts[]) => Promise<readonly Decision[]>;
}

const CHUNK = 500;
/** Nobody nests indexes and signatures that deep; beyond, everything stays. */
const DEEPEST = 12;

/**
 * Which manifests of a repository go. A manifest goes when all its tags do, and every index that names it, and what it
 * belongs to; without any of these, when a line about untagged manifests removes it, or an earlier removal let it go.
 * Remembers a bit for each manifest.
 */
export class Fates {
  readonly #deps: FateDeps;
  readonly #known = new IdSet();
  readonly #going = new IdSet();
  #decided: ReadonlyMap<string, Decision> = new Map();

  constructor(deps: FateDeps) {
    this.#deps = deps;
  }

  /** Only after `resolve`. */
  goes(manifest: number): boolean {
    return this.#going.has(manifest);
  }

  /** What is `decided` of some of their tags already is not asked again. */
  async resolve(manifests: readonly number[], decided: readonly Decision[] = []): Promise<void> {
    this.#decided = new Map(decided.map((one) => [one.candidate.tag ?? "", one]));
    await this.#resolve(manifests, 0);
    this.#decided = new Map();
  }

  /** What becomes of tags: what belongs to a manifest by its name shares that one's fate. */
  async decide(facts: readonly Facts[]): Promise<readonly Decision[]> {
    return await this.#decide(facts, 0);
  }

  async #decide(facts: readonly Facts[], depth: number): Promise<readonly Decision[]> {
    const roots = await this.#findRoots(facts);
    const found = [...roots.values()].filter((id) => id !== undefined);
    await this.#resolve(found, depth + 1);
    const decisions = await this.#deps.judge(facts.filter(({ tag }) => !roots.has(tag ?? "")));
    const own = decisions[Symbol.iterator]();
    return facts.map((candidate) => {
      const { tag = "" } = candidate;
      if (roots.has(tag)) return this.#share(candidate, roots.get(tag));
      return own.next().value ?? keep(candidate, "nobody can tell");
    });
  }

  /** Of tags that belong to a manifest: that, or undefined if it is not here. */
  async #findRoots(facts: readonly Facts[]): Promise<ReadonlyMap<string, number | undefined>> {
    const { db, repository } = this.#deps;
    const roots = new Map<string, number | undefined>();
    for (const { tag = "" } of facts) {
      const digest = rootOfCompanion(tag);
      if (digest !== undefined) roots.set(tag, await findManifestByDigest(db, repository, digest));
    }
    return roots;
  }

  #share(candidate: Facts, root: number | undefined): Decision {
    const digest = rootOfCompanion(candidate.tag ?? "");
    if (root === undefined)
      return keep(candidate, `it belongs to ${digest}, of which the policy does not speak`);
    if (candidate.heldBecause !== undefined) return keep(candidate, candidate.heldBecause);
    if (!this.#going.has(root)) return keep(candidate, `it belongs to ${digest}, which stays`);
    const why = `it belongs to ${digest}, which goes`;
    return { candidate, action: "remove", line: undefined, why };
  }

  /** Whoever ties things in a circle, which only names of tags can do, has them kept. */
  async #resolve(manifests: readonly number[], depth: number): Promise<void> {
    if (depth > DEEPEST) return;
    const open = [...new Set(manifests)].filter((id) => !this.#known.has(id));
    for (let start = 0; start < open.length; start += CHUNK)
      await this.#resolveChunk(open.slice(start, start + CHUNK), depth);
  }

  async #resolveChunk(ids: readonly number[], depth: number): Promise<void> {
    const { db, repository } = this.#deps;
    const ties = await listTies(db, repository, ids);
    await this.#resolve(ties.flatMap(listHolders), depth + 1);
    const decided = await this.#decideTagsOf(ids, depth);
    const decisions = Map.groupBy(decided, ({ candidate }) => (candidate as Facts).manifestId);
    const free = ties.filter((one) => listHolders(one).length === 0 && !decisions.has(one.id));
    const released = await this.#listGoingUntagged(free);
    const freeIds = new Set(free.map(({ id }) => id));
    for (const one of ties) {
      if (!this.#known.add(one.id)) continue;
      const isLetGo = !freeIds.has(one.id) || released.has(one.id);
      const isTagged = decisions.get(one.id)?.some(({ action }) => action === "keep") === true;
      const isHeld = isTagged || listHolders(one).some((id) => !this.#going.has(id));
      if (isLetGo && !isHeld) this.#going.add(one.id);
    }
  }

  async #decideTagsOf(ids: readonly number[], depth: number): Promise<readonly Decision[]> {
    const { db, repository } = this.#deps;
    const known: Decision[] = [];
    const open = new Set<number>();
    for (const { name, manifest_id: id } of await listTagsOf(db, ids)) {
      const decision = this.#findDecided(name, id);
      if (decision === undefined) open.add(id);
      else known.push(decision);
    }
    if (open.size === 0) return known;
    const facts = await listTagFactsOf(db, repository, [...open]);
    const others = facts.filter(
      ({ tag = "", manifestId }) => this.#findDecided(tag, manifestId) === undefined,
    );
    return [...known, ...(await this.#decide(others, depth))];
  }

  /** A tag that was moved since is another one. */
  #findDecided(tag: string, manifest: number): Decision | undefined {
    const found = this.#decided.get(tag);
    return (found?.candidate as Facts | undefined)?.manifestId === manifest ? found : undefined;
  }

  /** Of manifests that nothing holds. */
  async #listGoingUntagged(free: readonly Ties[]): Promise<ReadonlySet<number>> {
    if (free.length === 0) return new Set();
    const { db, repository, judge } = this.#deps;
    const digests = free.map(({ digest }) => digest);
    const released = await listReleased(db, repository, digests);
    const going = new Set(free.filter(({ digest }) => released.has(digest)).map(({ id }) => id));
    const page = { last: "", limit: free.length, only: free.map(({ id }) => id) };
    for (const { candidate, action } of await judge(await listUntaggedFacts(db, repository, page)))
      if (action === "remove") going.add((candidate as Facts).manifestId);
    return going;
  }
}

function keep(candidate: Facts, why: string): Decision {
  return { candidate, action: "keep", line: undefined, why };
}
