import { setImmediate } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import type { RepositoryId } from "../../repositories/index.ts";
import { findStored } from "../quotas/quotas-store.ts";
import type { LifecycleTables } from "../tables.ts";
import type { Within } from "./freed-bytes.ts";

type Db = Kysely<LifecycleTables>;

interface Part {
  readonly last: number | null;
  readonly bytes: number | null;
  readonly rows: number;
}

/** Rows that are looked at before others get their turn. */
const CHUNK = 2000;

/** What a repository holds that nothing else of the scope does. */
export async function sumOfRepository(db: Db, id: RepositoryId, within: Within): Promise<number> {
  if (within === "repository") return (await findStored(db, { id })).bytes;
  const isOther = (column: string) => {
    const another = sql`${sql.ref(column)} <> ${id}`;
    if (within === "hub") return another;
    const siblings = sql`select id from repositories where namespace_id = ${within.namespace}`;
    return sql`${another} and ${sql.ref(column)} in (${siblings})`;
  };
  const blobs = await sumInChunks(
    db,
    (after) => sql<Part>`
    select max(key) as last, count(*) as rows, sum(case when exists (
      select 1 from repository_blobs as o where o.blob_id = key and ${isOther("o.repository_id")}
    ) then 0 else size end) as bytes
    from (select l.blob_id as key, b.size from repository_blobs as l join blobs as b on b.id = l.blob_id
      where l.repository_id = ${id} and l.blob_id > ${after} order by l.blob_id limit ${CHUNK}) as part`,
  );
  const manifests = await sumInChunks(
    db,
    (after) => sql<Part>`
    select max(key) as last, count(*) as rows, sum(case when exists (
      select 1 from manifests as o where o.digest = part.digest and ${isOther("o.repository_id")}
    ) then 0 else size end) as bytes
    from (select id as key, digest, size from manifests
      where repository_id = ${id} and id > ${after} order by id limit ${CHUNK}) as part`,
  );
  return blobs + manifests;
}

async function sumInChunks(
  db: Db,
  question: (after: number) => ReturnType<typeof sql<Part>>,
): Promise<number> {
  let sum = 0;
  for (let after = 0; ; ) {
    const { rows } = await question(after).execute(db);
    const [part] = rows;
    sum += Number(part?.bytes ?? 0);
    if (part?.last == null || Number(part.rows) < CHUNK) return sum;
    after = Number(part.last);
    await setImmediate();
  }
}
