import { type Kysely, sql } from "kysely";
import type { RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import type { Within } from "./freed-bytes.ts";

/** What a repository holds that nothing else of the scope does. */
export async function sumOfRepository(
  db: Kysely<LifecycleTables>,
  id: RepositoryId,
  within: Within,
): Promise<number> {
  const isOther = (column: string) =>
    sql`${sql.ref(column)} <> ${id} and ${within === "hub" || within === "repository" ? sql`true` : sql`${sql.ref(column)} in (select id from repositories where namespace_id = ${within.namespace})`}`;
  const alone = (question: ReturnType<typeof sql>) =>
    within === "repository" ? sql`true` : sql`not exists (${question})`;
  const { rows } = await sql<{ bytes: number }>`
    select
      (select coalesce(sum(size), 0) from repository_blobs as l join blobs on blobs.id = l.blob_id
        where l.repository_id = ${id} and ${alone(
          sql`select 1 from repository_blobs as o where o.blob_id = l.blob_id and ${isOther("o.repository_id")}`,
        )})
      + (select coalesce(sum(size), 0) from manifests as m
        where m.repository_id = ${id} and ${alone(
          sql`select 1 from manifests as o where o.digest = m.digest and ${isOther("o.repository_id")}`,
        )}) as bytes`.execute(db);
  return Number(rows[0]?.bytes ?? 0);
}
