import type { Kysely } from "kysely";
import { BoundedCache } from "../lib/bounded-cache.ts";
import { compareVersions, parseTagVersion } from "../lib/semver-order.ts";
import type { Tag } from "../oci/tag.ts";
import { readNames } from "../platform/db/index.ts";
import type { PullTables } from "../pulls/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { Cursor } from "./cursor.ts";

export interface NamesWish {
  readonly repository: RepositoryId;
  /** Part of the tag's name. */
  readonly holding: string;
  readonly order: "updated" | "-updated" | "name" | "-name" | "version" | "-version";
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
        return await this.#listByVersion(wish);
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

  async #listByVersion({ repository, holding, order, after, limit }: NamesWish) {
    const sorted = await this.#sortByVersion(repository);
    const names = order === "version" ? sorted : sorted.toReversed();
    const fitting = holding === "" ? names : names.filter((name) => name.includes(holding));
    const start = after === undefined ? 0 : fitting.indexOf(after.name as Tag) + 1;
    return fitting.slice(start, start + limit).map(toNamed);
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

  #select({ repository, holding }: Pick<NamesWish, "repository" | "holding">) {
    return (
      this.#db
        .selectFrom("tags")
        .where("repository_id", "=", repository)
        // No pattern of SQL's: what people type is looked for as it is.
        .$if(holding !== "", (query) =>
          query.where((is) => is(is.fn<number>("instr", ["name", is.val(holding)]), ">", 0)),
        )
    );
  }
}

export function sortByVersion<Name extends string>(names: readonly Name[]): readonly Name[] {
  const parsed = names.map((name) => ({ name, version: parseTagVersion(name) }));
  parsed.sort((one, other) => {
    const [a, b] = [one.version, other.version];
    if (a === undefined || b === undefined)
      return Number(a === undefined) - Number(b === undefined);
    if (a.family !== b.family) return a.family < b.family ? -1 : 1;
    return compareVersions(b, a);
  });
  return parsed.map(({ name }) => name);
}

function toNamed(name: Tag): NamedTag {
  return { name, position: { weight: 0, name } };
}
