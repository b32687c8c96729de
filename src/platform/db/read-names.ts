import { type Kysely, type SelectQueryBuilder, sql } from "kysely";

/**
 * Runs a query for an ordered page of names and reads them as one text: a page of a thousand rows takes a third of the
 * time that way. For names that cannot hold a comma, as those of tags and repositories.
 */
export async function readNames<Tables, Table extends keyof Tables>(
  db: Kysely<Tables>,
  page: SelectQueryBuilder<Tables, Table, { name: string }>,
): Promise<readonly string[]> {
  const query = sql<{
    names: string | null;
  }>`select string_agg(name, ',') as names from (${page}) as page`;
  const { rows } = await query.execute(db);
  const names = rows[0]?.names;
  return names ? names.split(",") : [];
}
