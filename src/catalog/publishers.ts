import type { Kysely } from "kysely";
import type { OfficialTables } from "../builds/index.ts";
import type { RepositoryId, RepositoryTables } from "../repositories/index.ts";

/** Of these repositories those whose namespace is a publisher that administrators vouch for. */
export async function listVerified(
  db: Kysely<OfficialTables & RepositoryTables>,
  repositories: readonly RepositoryId[],
): Promise<ReadonlySet<RepositoryId>> {
  if (repositories.length === 0) return new Set();
  const rows = await db
    .selectFrom("repositories")
    .innerJoin(
      "official_publishers",
      "official_publishers.namespace_id",
      "repositories.namespace_id",
    )
    .select("repositories.id")
    .where("repositories.id", "in", repositories)
    .execute();
  return new Set(rows.map(({ id }) => id));
}
