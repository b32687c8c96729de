import type { NamespaceId } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import type { Repository } from "../repositories/index.ts";
import type { PullTables } from "./tables.ts";

interface StarsDeps {
  readonly database: Database<PullTables>;
  readonly clock: () => Date;
}

/** Repositories that people marked. Whether they may see them was decided before. */
export class Stars {
  readonly #deps: StarsDeps;

  constructor(deps: StarsDeps) {
    this.#deps = deps;
  }

  /** Once is enough: a second time changes nothing. */
  async give(account: NamespaceId, { id }: Repository): Promise<void> {
    const { database, clock } = this.#deps;
    await database.write((trx) =>
      trx
        .insertInto("stars")
        .values({ account_id: account, repository_id: id, starred_at: clock().getTime() })
        .onConflict((conflict) => conflict.columns(["repository_id", "account_id"]).doNothing())
        .execute(),
    );
  }

  async take(account: NamespaceId, { id }: Repository): Promise<void> {
    await this.#deps.database.write((trx) =>
      trx
        .deleteFrom("stars")
        .where("account_id", "=", account)
        .where("repository_id", "=", id)
        .execute(),
    );
  }

  /** In byte order of their names, strictly after `last`. */
  async list(
    account: NamespaceId,
    { last = "", limit }: { readonly last: string | undefined; readonly limit: number },
  ): Promise<readonly { readonly name: RepositoryName; readonly starredAt: Date }[]> {
    const rows = await this.#deps.database.reader
      .selectFrom("stars")
      .innerJoin("repositories", "repositories.id", "stars.repository_id")
      .select(["repositories.name", "stars.starred_at"])
      .where("stars.account_id", "=", account)
      .where("repositories.name", ">", last as RepositoryName)
      .orderBy("repositories.name")
      .limit(limit)
      .execute();
    return rows.map((row) => ({ name: row.name, starredAt: new Date(row.starred_at) }));
  }
}
