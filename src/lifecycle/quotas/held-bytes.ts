import { type Kysely, sql } from "kysely";
import type { LifecycleTables } from "../tables.ts";
import type { Scope } from "./scopes.ts";

/** Layers that collection is to look at; beyond, nobody adds them up for one answer. */
const LOOKED_AT = 5000;

/**
 * Of what a scope stores, the layers and configurations that none of its manifests names any more, or yet: they count until
 * collection takes them. Undefined when there are too many to add up.
 */
export async function findHeldBytes(
  db: Kysely<LifecycleTables>,
  { kind, id }: Scope,
): Promise<number | undefined> {
  const inScope = (column: string) => {
    if (kind === "hub") return sql`true`;
    if (kind === "repository") return sql`${sql.ref(column)} = ${id}`;
    return sql`${sql.ref(column)} in (select id from repositories where namespace_id = ${id})`;
  };
  const { rows } = await sql<{ looked: number; bytes: number | null }>`
    select count(*) as looked, sum(case when exists (
        select 1 from repository_blobs as l where l.blob_id = b.id and ${inScope("l.repository_id")}
      ) and not exists (
        select 1 from repository_blobs as l join manifest_references as r
          on r.repository_id = l.repository_id and r.digest = b.digest and r.kind in ('config', 'layer')
        where l.blob_id = b.id and ${inScope("l.repository_id")}
      ) then b.size else 0 end) as bytes
    from (select distinct digest from collection_queue as q
      where q.kind = 'link' and ${inScope("q.repository_id")} limit ${LOOKED_AT + 1}) as c
    join blobs as b on b.digest = c.digest`.execute(db);
  const [found] = rows;
  if (found === undefined || Number(found.looked) > LOOKED_AT) return undefined;
  return Number(found.bytes ?? 0);
}
