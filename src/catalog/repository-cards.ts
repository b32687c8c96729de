import type { Expression, ExpressionBuilder, Kysely } from "kysely";
import type { Category } from "../contract/discovery.ts";
import { type DiscoveryTables, facetLine } from "../discovery/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { PullTables } from "../pulls/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { Reach } from "./catalog-access.ts";
import type { Cursor } from "./cursor.ts";

/** A repository as a list of search shows it. */
export interface RepositoryCard {
  readonly id: RepositoryId;
  readonly name: RepositoryName;
  readonly isPublic: boolean;
  readonly description: string;
  readonly pulls: number;
  readonly stars: number;
  readonly lastPushedAt: Date | undefined;
  readonly categories: readonly Category[];
  readonly architectures: readonly string[];
  /** Where it stands in the order that was asked for. */
  readonly position: Cursor;
}

type Db = Kysely<PullTables & DiscoveryTables>;

export interface CardWish {
  /** Words, each of which a name, a description or a facet holds. */
  readonly words: readonly string[];
  readonly category?: Category | undefined;
  readonly architecture?: string | undefined;
  /** `key=value`. */
  readonly label?: string | undefined;
  /** Only of this one. */
  readonly namespace?: string | undefined;
  readonly reach: Reach;
  readonly order: "pushed" | "pulls" | "stars" | "name";
  readonly after: Cursor | undefined;
  readonly limit: number;
}

/** Repositories in the order that was asked for, whoever may see them: the caller leaves out those that somebody may not. */
export async function listRepositoryCards(
  db: Db,
  wish: CardWish,
): Promise<readonly RepositoryCard[]> {
  const { order, after, limit } = wish;
  const isByName = order === "name";
  const rows = await selectCards(db, wish)
    .$if(after !== undefined && isByName, (query) =>
      query.where("cards.name", ">", after?.name as RepositoryName),
    )
    .$if(after !== undefined && !isByName, (query) =>
      query.where((is) => {
        const { weight, name } = after as Cursor;
        const isAfter = is("cards.name", ">", name as RepositoryName);
        return is.or([
          is("cards.weight", "<", weight),
          is.and([is("cards.weight", "=", weight), isAfter]),
        ]);
      }),
    )
    .selectAll("cards")
    .$if(!isByName, (query) => query.orderBy("cards.weight", "desc"))
    .orderBy("cards.name")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    isPublic: row.visibility === "public",
    description: row.description,
    pulls: Number(row.pulls),
    stars: Number(row.stars),
    lastPushedAt: row.last_pushed_at === null ? undefined : new Date(row.last_pushed_at),
    categories: JSON.parse(row.categories ?? "[]") as Category[],
    architectures: JSON.parse(row.architectures ?? "[]") as string[],
    position: { weight: Number(row.weight), name: row.name },
  }));
}

function selectCards(db: Db, wish: CardWish) {
  const { words, namespace, order, reach } = wish;
  const lines = listLines(wish);
  const numbered = db
    .selectFrom("repositories")
    .leftJoin("repository_pulls", "repository_pulls.repository_id", "repositories.id")
    .leftJoin("repository_facets", "repository_facets.repository_id", "repositories.id")
    .where("repositories.removed_at", "is", null)
    // A range that the index on names knows: "0" comes right after "/".
    .$if(namespace !== undefined, (query) =>
      query
        .where("repositories.name", ">=", `${namespace}/` as RepositoryName)
        .where("repositories.name", "<", `${namespace}0` as RepositoryName),
    )
    .$if(reach !== "all", (query) => query.where((is) => isWithin(is, reach)))
    .where((is) => {
      // No pattern of SQL's: what people type is looked for as it is.
      const holds = (column: "repositories.name" | "repositories.description", word: string) =>
        is(is.fn<number>("instr", [is.fn("lower", [column]), is.val(word)]), ">", 0);
      const isFacet = (text: string) =>
        is(is.fn<number>("instr", ["repository_facets.words", is.val(text)]), ">", 0);
      return is.and([
        ...lines.map(isFacet),
        ...words.map((word) =>
          is.or([
            holds("repositories.name", word),
            holds("repositories.description", word),
            isFacet(word),
          ]),
        ),
      ]);
    })
    .select((is) => {
      const pulls = is.fn.coalesce("repository_pulls.pulls", is.lit(0));
      const stars = is
        .selectFrom("stars")
        .select((star) => star.fn.countAll<number>().as("count"))
        .whereRef("stars.repository_id", "=", "repositories.id");
      const pushed = is.fn.coalesce("repositories.last_pushed_at", is.lit(0));
      const weights = { pushed, pulls, stars, name: is.lit(0) };
      return [
        "repositories.id",
        "repositories.name",
        "repositories.visibility",
        "repositories.description",
        "repositories.last_pushed_at",
        "repository_facets.categories",
        "repository_facets.architectures",
        pulls.as("pulls"),
        stars.as("stars"),
        is.fn.coalesce(weights[order] as unknown as Expression<number>, is.lit(0)).as("weight"),
      ];
    });
  return db.selectFrom(numbered.as("cards"));
}

function isWithin(is: ExpressionBuilder<PullTables, "repositories">, reach: Reach) {
  if (reach === "all") return is.and([]);
  const { seesPublic, namespaces } = reach;
  return is.or([
    ...(seesPublic ? [is("repositories.visibility", "=", "public")] : []),
    ...(namespaces.length > 0 ? [is("repositories.namespace_id", "in", namespaces)] : []),
  ]);
}

function listLines({ category, architecture, label }: CardWish): readonly string[] {
  return [
    ...(category === undefined ? [] : [facetLine("category", category)]),
    ...(architecture === undefined ? [] : [facetLine("architecture", architecture)]),
    ...(label === undefined ? [] : [facetLine("label", label)]),
  ];
}
