import type { Kysely } from "kysely";
import type { Principal } from "../access/index.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { PullTables } from "./tables.ts";

/** What is counted about a repository. */
export interface RepositoryNumbers {
  readonly pulls: number;
  readonly lastPulledAt: Date | undefined;
  readonly stars: number;
  /** By whoever asks. */
  readonly isStarred: boolean;
}

const NOTHING: RepositoryNumbers = {
  pulls: 0,
  lastPulledAt: undefined,
  stars: 0,
  isStarred: false,
};

/** Parameters of one query. */
const AT_ONCE = 500;

/** The numbers of repositories that the caller was found to be allowed to see. */
export class Statistics {
  readonly #db: Kysely<PullTables>;

  constructor(deps: { readonly db: Kysely<PullTables> }) {
    this.#db = deps.db;
  }

  async find(id: RepositoryId, by: Pick<Principal, "accountId">): Promise<RepositoryNumbers> {
    return (await this.list([id], by)).get(id) ?? NOTHING;
  }

  /** One query for a page of them. */
  async list(
    ids: readonly RepositoryId[],
    { accountId = 0 }: Pick<Principal, "accountId">,
  ): Promise<ReadonlyMap<RepositoryId, RepositoryNumbers>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom("repositories")
      .leftJoin("repository_pulls", "repository_pulls.repository_id", "repositories.id")
      .leftJoin("stars", "stars.repository_id", "repositories.id")
      .select((is) => [
        "repositories.id",
        "repository_pulls.pulls",
        "repository_pulls.pulled_at",
        is.fn.count<number>("stars.account_id").as("stars"),
        is.fn
          .sum<number | null>(
            is
              .case()
              .when("stars.account_id", "=", accountId as never)
              .then(1)
              .else(0)
              .end(),
          )
          .as("own"),
      ])
      .where("repositories.id", "in", ids)
      .groupBy(["repositories.id", "repository_pulls.pulls", "repository_pulls.pulled_at"])
      .execute();
    return new Map(rows.map(({ id, ...row }) => [id, toNumbers(row)]));
  }

  /** What the repositories of a namespace are put in order by; up to `limit` of them. */
  async listForOrder(
    namespace: string,
    limit: number,
  ): Promise<ReadonlyMap<RepositoryName, { readonly pulls: number; readonly pushedAt: number }>> {
    const rows = await this.#db
      .selectFrom("repositories")
      .innerJoin("namespaces", "namespaces.id", "repositories.namespace_id")
      .leftJoin("repository_pulls", "repository_pulls.repository_id", "repositories.id")
      .select([
        "repositories.name",
        "repositories.created_at",
        "repositories.last_pushed_at",
        "repository_pulls.pulls",
      ])
      .where("namespaces.name", "=", namespace as never)
      .orderBy("repositories.name")
      .limit(limit)
      .execute();
    return new Map(
      rows.map(({ name, pulls, last_pushed_at: pushedAt, created_at: createdAt }) => [
        name,
        { pulls: Number(pulls ?? 0), pushedAt: Number(pushedAt ?? createdAt) },
      ]),
    );
  }
}

/** When manifests of one repository were pulled last, by their digests. */
export async function listLastPulls(
  db: Kysely<PullTables>,
  repository: RepositoryId,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, Date>> {
  const pulls = new Map<Digest, Date>();
  for (let at = 0; at < digests.length; at += AT_ONCE) {
    const rows = await db
      .selectFrom("manifests")
      .innerJoin("manifest_pulls", "manifest_pulls.manifest_id", "manifests.id")
      .select(["manifests.digest", "manifest_pulls.pulled_at"])
      .where("manifests.repository_id", "=", repository)
      .where("manifests.digest", "in", digests.slice(at, at + AT_ONCE))
      .execute();
    for (const row of rows) pulls.set(row.digest, new Date(row.pulled_at));
  }
  return pulls;
}

/** When tags were pulled by their names last; those that never were are left out. */
export async function listLastPullsOfTags(
  db: Kysely<PullTables>,
  repository: RepositoryId,
  tags: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  if (tags.length === 0) return new Map();
  const rows = await db
    .selectFrom("tag_pulls")
    .select(["tag", "pulled_at"])
    .where("repository_id", "=", repository)
    .where("tag", "in", tags)
    .execute();
  return new Map(rows.map((row) => [row.tag, new Date(row.pulled_at)]));
}

function toNumbers(row: {
  readonly pulls: number | null;
  readonly pulled_at: number | null;
  readonly stars: number;
  readonly own: number | null;
}): RepositoryNumbers {
  return {
    pulls: Number(row.pulls ?? 0),
    lastPulledAt: row.pulled_at === null ? undefined : new Date(Number(row.pulled_at)),
    stars: Number(row.stars),
    isStarred: Number(row.own ?? 0) > 0,
  };
}
