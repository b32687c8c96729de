import type { Kysely } from "kysely";
import { BoundedCache } from "../lib/bounded-cache.ts";
import { compareVersions, parseTagVersion } from "../lib/semver-order.ts";
import type { Tag } from "../oci/tag.ts";
import { readNames } from "../platform/db/index.ts";
import type { PullTables } from "../pulls/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import { isNoCompanion } from "./companions.ts";
import type { Cursor } from "./cursor.ts";

export interface NamesWish {
  readonly repository: RepositoryId;
  /** Part of the tag's name. */
  readonly holding: string;
  readonly order: "updated" | "-updated" | "name" | "-name" | "version" | "-version";
  /** When it was moved last: from then on, and before then. */
  readonly since?: number | undefined;
  readonly before?: number | undefined;
  readonly after: Cursor | undefined;
  readonly limit: number;
}

/** What a page shows of a repository's tags first: which ones. */
export interface NamedTag {
  readonly name: Tag;
  readonly position: Cursor;
}

/** Names of some ten million characters. */
const REMEMBERED = 1_000_000;

/** Pages of tags by key. Versions have an order that no index has: it is made once, and kept until a tag comes or goes. */
export class TagNames {
  readonly #db: Kysely<PullTables>;
  readonly #byVersion = new BoundedCache<{ event: number; names: readonly Tag[] }>(REMEMBERED * 8);

  constructor(db: Kysely<PullTables>) {
    this.#db = db;
  }

  async list(wish: NamesWish): Promise<readonly NamedTag[]> {
    switch (wish.order) {
      case "updated":
      case "-updated":
        return await this.#listByTime(wish, wish.order === "updated" ? "desc" : "asc");
      case "name":
      case "-name":
        return await this.#listByName(wish, wish.order === "name" ? "asc" : "desc");
      case "version":
      case "-version":
        return await this.#listByVersion(wish, wish.order);
    }
  }

  async #listByTime({ after, limit, ...wish }: NamesWish, direction: "asc" | "desc") {
    const beyond = direction === "asc" ? ">" : "<";
    const rows = await this.#select(wish)
      .select(["name", "updated_at"])
      .$if(after !== undefined, (query) =>
        query.where((is) => {
          const { weight, name } = after as Cursor;
          const tie = [is("updated_at", "=", weight), is("name", beyond, name as Tag)];
          // The first condition alone is a range of the index.
          return is.and([
            is("updated_at", direction === "asc" ? ">=" : "<=", weight),
            is.or([is("updated_at", beyond, weight), is.and(tie)]),
          ]);
        }),
      )
      .orderBy("updated_at", direction)
      .orderBy("name", direction)
      .limit(limit)
      .execute();
    return rows.map(({ name, updated_at: weight }) => ({ name, position: { weight, name } }));
  }

  async #listByName({ after, limit, ...wish }: NamesWish, direction: "asc" | "desc") {
    const names = this.#select(wish)
      .select("name")
      .$if(after !== undefined, (query) =>
        query.where("name", direction === "asc" ? ">" : "<", after?.name as Tag),
      )
      .orderBy("name", direction)
      .limit(limit);
    return ((await readNames(this.#db, names)) as Tag[]).map(toNamed);
  }

  async #listByVersion(wish: NamesWish, order: "version" | "-version") {
    const { after, limit } = wish;
    const fitting = await this.#filter(await this.#sortByVersion(wish.repository), wish);
    return pageByVersion(fitting, { order, limit, after: after?.name as Tag | undefined }).map(
      toNamed,
    );
  }

  async #filter(sorted: readonly Tag[], wish: NamesWish): Promise<readonly Tag[]> {
    const { holding, since, before } = wish;
    if (since === undefined && before === undefined)
      return holding === "" ? sorted : sorted.filter((name) => name.includes(holding));
    const rows = this.#select(wish).select("name").orderBy("name");
    const moved = new Set(await readNames(this.#db, rows));
    return sorted.filter((name) => moved.has(name));
  }

  /** The latest version first, then what is no version, by name. */
  async #sortByVersion(repository: RepositoryId): Promise<readonly Tag[]> {
    const { version } = this.#byVersion;
    const event = await this.#findLastEvent(repository);
    const known = this.#byVersion.get(String(repository));
    if (known?.event === event) return known.names;
    const all = this.#select({ repository, holding: "" }).select("name").orderBy("name");
    const names = sortByVersion((await readNames(this.#db, all)) as Tag[]);
    const value = { event, names };
    this.#byVersion.fill(String(repository), { value, weight: names.length + 1, version });
    return names;
  }

  async #findLastEvent(repository: RepositoryId): Promise<number> {
    const row = await this.#db
      .selectFrom("tag_events")
      .select((is) => is.fn.max("id").as("id"))
      .where("repository_id", "=", repository)
      .executeTakeFirst();
    return Number(row?.id ?? 0);
  }

  #select(wish: Pick<NamesWish, "repository" | "holding" | "since" | "before">) {
    const { repository, holding, since, before } = wish;
    return (
      this.#db
        .selectFrom("tags")
        .where("repository_id", "=", repository)
        .where(isNoCompanion)
        .$if(since !== undefined, (query) => query.where("updated_at", ">=", since ?? 0))
        .$if(before !== undefined, (query) => query.where("updated_at", "<", before ?? 0))
        // No pattern of SQL's: what people type is looked for as it is.
        .$if(holding !== "", (query) =>
          query.where((is) => is(is.fn<number>("instr", ["name", is.val(holding)]), ">", 0)),
        )
    );
  }
}

interface Versioned<Name extends string = string> {
  readonly name: Name;
  readonly version: ReturnType<typeof parseTagVersion>;
}

export function sortByVersion<Name extends string>(names: readonly Name[]): readonly Name[] {
  return names
    .map(readVersion)
    .sort(compareVersioned)
    .map(({ name }) => name);
}

/** Of what `sortByVersion` made. What it begins after need not be there any more: tags are deleted between two pages. */
export function pageByVersion<Name extends string>(
  sorted: readonly Name[],
  wish: {
    readonly order: "version" | "-version";
    readonly after: Name | undefined;
    readonly limit: number;
  },
): readonly Name[] {
  const { order, after, limit } = wish;
  if (order === "version") {
    const start = after === undefined ? 0 : countUntil(sorted, after, { withIt: true });
    return sorted.slice(start, start + limit);
  }
  const end = after === undefined ? sorted.length : countUntil(sorted, after, { withIt: false });
  return sorted.slice(Math.max(end - limit, 0), end).toReversed();
}

/** How many stand before that one, which itself may be among them. */
function countUntil<Name extends string>(
  sorted: readonly Name[],
  name: Name,
  { withIt }: { readonly withIt: boolean },
): number {
  const wanted = readVersion(name);
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareVersioned(readVersion(sorted[middle] ?? name), wanted);
    if (order < 0 || (withIt && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readVersion<Name extends string>(name: Name): Versioned<Name> {
  return { name, version: parseTagVersion(name) };
}

function compareVersioned(one: Versioned, other: Versioned): number {
  const [a, b] = [one.version, other.version];
  if (a === undefined || b === undefined)
    return Number(a === undefined) - Number(b === undefined) || compareNames(one, other);
  if (a.family !== b.family) return a.family < b.family ? -1 : 1;
  return compareVersions(b, a) || compareNames(one, other);
}

function compareNames({ name }: Versioned, { name: other }: Versioned): number {
  if (name === other) return 0;
  return name < other ? -1 : 1;
}

function toNamed(name: Tag): NamedTag {
  return { name, position: { weight: 0, name } };
}
