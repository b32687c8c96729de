import type { Kysely } from "kysely";
import type { Category } from "../contract/discovery.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import { type Facets, NO_FACETS, toWords } from "./facets.ts";
import type { DiscoveryTables } from "./tables.ts";

type Db = Kysely<DiscoveryTables & RegistryTables>;

export async function findFacets(db: Db, repository: RepositoryId): Promise<Facets> {
  const row = await db
    .selectFrom("repository_facets")
    .select(["categories", "architectures", "labels"])
    .where("repository_id", "=", repository)
    .executeTakeFirst();
  if (row === undefined) return NO_FACETS;
  return {
    categories: JSON.parse(row.categories) as Category[],
    architectures: JSON.parse(row.architectures) as string[],
    labels: JSON.parse(row.labels) as Record<string, string>,
  };
}

/** Changes some of what is known; `readTo` is the push up to which images were looked at. */
export async function saveFacets(
  trx: Db,
  repository: RepositoryId,
  { readTo, ...changed }: Partial<Facets> & { readonly readTo?: Date },
): Promise<void> {
  const facets = { ...(await findFacets(trx, repository)), ...changed };
  const row = {
    categories: JSON.stringify(facets.categories),
    architectures: JSON.stringify(facets.architectures),
    labels: JSON.stringify(facets.labels),
    words: toWords(facets),
  };
  await trx
    .insertInto("repository_facets")
    .values({ repository_id: repository, ...row, read_to: readTo?.getTime() ?? 0 })
    .onConflict((conflict) =>
      conflict.column("repository_id").doUpdateSet({
        ...row,
        ...(readTo === undefined ? {} : { read_to: readTo.getTime() }),
      }),
    )
    .execute();
}

export interface Unread {
  readonly id: RepositoryId;
  readonly pushedAt: Date;
}

/** Repositories to which something was pushed since they were read, from a time on, the oldest push first. */
export async function listUnread(
  db: Db,
  { from, limit }: { readonly from: Date; readonly limit: number },
): Promise<readonly Unread[]> {
  const rows = await db
    .selectFrom("repositories")
    .leftJoin("repository_facets", "repository_facets.repository_id", "repositories.id")
    .select(["repositories.id", "repositories.last_pushed_at"])
    .where("repositories.last_pushed_at", ">=", from.getTime())
    .where("repositories.removed_at", "is", null)
    .where((is) =>
      is.or([
        is("repository_facets.read_to", "is", null),
        is("repository_facets.read_to", "<", is.ref("repositories.last_pushed_at")),
      ]),
    )
    .orderBy("repositories.last_pushed_at")
    .limit(limit)
    .execute();
  return rows.map(({ id, last_pushed_at: at }) => ({ id, pushedAt: new Date(Number(at)) }));
}
