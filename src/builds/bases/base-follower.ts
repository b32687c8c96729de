import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Journal } from "../../access/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import { type Build, findBuild, findRules, insertBuild, type UsedBase } from "../builds-store.ts";
import { findCrowd } from "../find-crowd.ts";
import { applyRule } from "../rules/apply-rule.ts";
import { parseBuildRule, withContext } from "../rules/build-rule.ts";
import { parseGitRef } from "../rules/git-ref.ts";
import { findSourceOf } from "../sources/sources-store.ts";
import type { BuildTables } from "../tables.ts";
import { tellBuild } from "../tell-builds.ts";
import { isCycle, measureDepths, type Place, printPlace } from "./base-graph.ts";
import {
  type BaseLink,
  findMover,
  findPosition,
  isAnyBase,
  isUnderway,
  listLinks,
  type NewLink,
  saveBases,
  saveLinks,
  savePosition,
} from "./base-links-store.ts";
import { deferBuild, listDeferred, removeDeferred } from "./deferred-builds-store.ts";

type Db = Kysely<BuildTables>;

export interface TagChange extends Place {
  readonly id: number;
  /** Undefined when it was deleted. */
  readonly digest: string | undefined;
}

/** The images of this hub: each is read with the connection that it is given. */
export interface HubImages {
  /** Of an image's name as a Dockerfile has it; undefined for those of other registries, and by digest alone. */
  readonly findPlace: (db: Db, reference: string) => Promise<Place | undefined>;
  readonly findDigest: (db: Db, place: Place) => Promise<string | undefined>;
  /** All since the change with that id; the last one alone without one. */
  readonly listChanges: (db: Db, since: number | undefined) => Promise<readonly TagChange[]>;
  /** What a build has found a place to be, where that is news. */
  readonly noteUsed?: (trx: Db, place: Place, used: UsedDigest) => Promise<boolean>;
}

interface UsedDigest {
  readonly digest: string;
  readonly since: Date;
}

export interface FollowerDeps {
  readonly images: HubImages;
  readonly journal: Journal;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  /** How long more of a base is waited for. */
  readonly baseDelayMs: number;
  /** Whether anything is built by itself. */
  readonly rebuilds: boolean;
  readonly clock: () => Date;
  readonly log: Logger;
}

const POSITION = "tag events";
const DEPTH_MOST = 10;
const ORIGIN = { address: "", client: "berth" };

/** Builds anew what is built on images of this hub, once for each time that those become others, and in order. */
export class BaseFollower {
  readonly #deps: FollowerDeps;

  constructor(deps: FollowerDeps) {
    this.#deps = deps;
  }

  /** Looks at the tags that moved since. In the transaction in which the next build is chosen: it must not overtake its base. */
  async follow(trx: Db): Promise<void> {
    await this.#retry(trx);
    const { listChanges } = this.#deps.images;
    const since = await findPosition(trx, POSITION);
    const changes = await listChanges(trx, since);
    const last = changes.at(-1)?.id;
    if (last === undefined) {
      if (since === undefined) await savePosition(trx, POSITION, 0);
      return;
    }
    await savePosition(trx, POSITION, last);
    // What moved before anybody looked is old.
    if (since !== undefined) await this.#rebuild(trx, changes);
  }

  /** What found no room in the queue: none of it is lost, and none of it is built for a base that has moved on. */
  async #retry(trx: Db): Promise<void> {
    const deferred = await listDeferred(trx);
    if (deferred.length === 0) return;
    const links = (await listLinks(trx)).filter((link) => !link.isCycle);
    for (const { build, ...place } of deferred) {
      await removeDeferred(trx, build);
      const link = links.find((one) => one.build === build);
      // Without one it was built anew meanwhile, or is by no rule any more.
      if (link !== undefined) await this.#queue(trx, link, { links, ...place });
    }
  }

  /** Something has become another that no change of a tag tells of. */
  async move(trx: Db, change: TagChange): Promise<void> {
    await this.#rebuild(trx, [change]);
  }

  /** What a published build was built on. */
  async note(trx: Db, built: Build, bases: readonly UsedBase[]): Promise<void> {
    await saveBases(trx, built.id, bases);
    // Its rule may be elsewhere by now, or gone.
    const build = (await findBuild(trx, built.id)) ?? built;
    if (build.rule < 0) return;
    const others = (await listLinks(trx)).filter((link) => !isOf(link, build));
    const makes = build.tags.map((tag) => ({ repositoryId: build.repositoryId, tag }));
    const links: NewLink[] = [];
    const news: TagChange[] = [];
    for (const { reference, digest } of bases) {
      const base = await this.#deps.images.findPlace(trx, reference);
      if (base === undefined) continue;
      links.push({ reference, base, digest, isCycle: isCycle(others, makes, base) });
      const since = build.startedAt ?? build.createdAt;
      if (await this.#deps.images.noteUsed?.(trx, base, { digest, since }))
        news.push({ ...base, id: build.id, digest });
    }
    await saveLinks(trx, build, links);
    for (const change of news) await this.move(trx, change);
  }

  /** Once a build has ended: its bases may have moved while it ran. */
  async recheck(trx: Db, build: Build): Promise<void> {
    const links = (await listLinks(trx, build.repositoryId)).filter((link) => isOf(link, build));
    const moved: TagChange[] = [];
    for (const { base, digest, isCycle: isCircle } of links) {
      const now = await this.#deps.images.findDigest(trx, base);
      if (!isCircle && now !== undefined && now !== digest)
        moved.push({ ...base, id: build.id, digest: now });
    }
    if (moved.length > 0) await this.#rebuild(trx, moved, build);
  }

  async #rebuild(trx: Db, changes: readonly TagChange[], only?: Build): Promise<void> {
    if (!this.#deps.rebuilds || !(await isAnyBase(trx, changes))) return;
    const links = (await listLinks(trx)).filter((link) => !link.isCycle);
    for (const change of changes)
      if (change.digest !== undefined)
        await this.#follow(trx, { ...change, digest: change.digest }, { links, only });
  }

  async #follow(
    trx: Db,
    change: TagChange & { readonly digest: string },
    { links, only }: { readonly links: readonly BaseLink[]; readonly only: Build | undefined },
  ): Promise<void> {
    const mover = await findMover(trx, change, change.digest);
    const from = mover ?? { chain: `${printPlace(change)}@${change.id}`, depth: 0 };
    const depths = measureDepths(links, [change]);
    const direct = links.filter(({ base }) => printPlace(base) === printPlace(change));
    const wanted = direct
      .filter((one) => only === undefined || isOf(one, only))
      .map((link) => ({ link, depth: from.depth + (depths.get(link.node) ?? 1) }))
      // Where there is not room for all, what others are built on has it.
      .toSorted((one, other) => one.depth - other.depth);
    for (const { link, depth } of wanted) {
      if (depth <= DEPTH_MOST) await this.#queue(trx, link, { links, chain: from.chain, depth });
      else this.#deps.log.warn({ link: link.node, depth }, "a base is too far away to follow");
    }
  }

  async #queue(
    trx: Db,
    link: BaseLink,
    wish: { readonly links: readonly BaseLink[]; readonly chain: string; readonly depth: number },
  ): Promise<void> {
    const { clock, journal, baseDelayMs } = this.#deps;
    const built = await findBuild(trx, link.build);
    const build = built && (await this.#planAgain(trx, built, link.rule));
    if (build === undefined) return;
    const key = await this.#keyOf(trx, build, wish.links);
    if (key === undefined || (await isUnderway(trx, link, key))) return;
    const repository = await this.#deps.findRepository(link.repositoryId);
    if (repository === undefined) return;
    const [namespace = ""] = repository.name.split("/", 1);
    const { chain, depth } = wish;
    if ((await findCrowd(trx, { ...build, namespace }, 1)) !== undefined)
      return await deferBuild(trx, { build: link.build, chain, depth });
    const notBefore = new Date(clock().getTime() + baseDelayMs);
    const base = { key, chain, depth, notBefore };
    const id = await insertBuild(trx, { ...build, namespace, reason: "base", base }, clock());
    await tellBuild(trx, "queued", {
      build: { ...build, id, reason: "base" },
      repository,
      now: clock(),
    });
    await journal.record(trx, {
      action: "repo.build.start",
      ...{ by: build.by, origin: ORIGIN, account: namespace, name: `${repository.name}#${id}` },
      after: { ref: build.ref, commit: build.commit, tags: build.tags, base: link.reference },
    });
  }

  /** The same commit by its rule as that is now; undefined where this builds nothing of it by itself. */
  async #planAgain(trx: Db, build: Build, rule: number): Promise<Build | undefined> {
    const text = (await findRules(trx, build.repositoryId))[rule];
    if (text === undefined || text.autobuild === false) return undefined;
    const source = await findSourceOf(trx, build.repositoryId);
    const { ref, commit } = build;
    const pushed = { ...parseGitRef(ref), commit, date: this.#deps.clock(), changed: undefined };
    const applied = applyRule(parseBuildRule(withContext(text, source?.context)), pushed);
    if (!applied.builds) return undefined;
    const tags = applied.tags.flatMap((one) => ("tag" in one ? [one.tag] : []));
    const { context, dockerfile, caching, options } = applied;
    return tags.length === 0
      ? undefined
      : { ...build, rule, context, dockerfile, caching, options, tags };
  }

  /** The same for the same bases of the same commit; undefined where all of them are what it is built on already. */
  async #keyOf(trx: Db, build: Build, links: readonly BaseLink[]): Promise<string | undefined> {
    const parts: string[] = [];
    let isOutdated = false;
    for (const link of links.filter((one) => isOf(one, build))) {
      const digest = (await this.#deps.images.findDigest(trx, link.base)) ?? link.digest;
      if (digest !== link.digest) isOutdated = true;
      parts.push(`${link.reference}@${digest}`);
    }
    const text = [build.rule, build.ref, build.commit, ...parts.toSorted()].join("\n");
    return isOutdated ? createHash("sha256").update(text).digest("hex") : undefined;
  }
}

function isOf(link: BaseLink, build: Pick<Build, "repositoryId" | "rule" | "ref">): boolean {
  const { repositoryId, rule, ref } = build;
  return link.repositoryId === repositoryId && link.rule === rule && link.ref === ref;
}
