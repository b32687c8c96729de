import { type RawBuilder, sql } from "kysely";
import type { QuotaScopeKind } from "../../contract/quotas.ts";

interface Recount {
  readonly table: "namespace_blobs" | "namespace_manifests" | "usage_counts";
  readonly select: RawBuilder<unknown>;
}

const ofHub = sql`
  select 'hub', 0,
    coalesce((select sum(size) from blobs
      where exists (select 1 from repository_blobs where blob_id = blobs.id)), 0)
    + coalesce((select sum(size) from (select max(size) as size from manifests group by digest) as m), 0),
    (select count(*) from tags),
    (select count(*) from repositories where removed_at is null), 0`;

const ofNamespaces = sql`
  select 'namespace', n.namespace_id, coalesce(b.bytes, 0) + coalesce(m.bytes, 0), coalesce(t.tags, 0),
    n.repositories, 0
  from (select namespace_id, sum(case when removed_at is null then 1 else 0 end) as repositories
    from repositories where namespace_id is not null group by namespace_id) as n
  left join (select namespace_id, sum(size) as bytes from
    (select distinct r.namespace_id, blob_id from repository_blobs
      join repositories as r on r.id = repository_id) as l
    join blobs on blobs.id = l.blob_id group by namespace_id) as b on b.namespace_id = n.namespace_id
  left join (select namespace_id, sum(size) as bytes from
    (select r.namespace_id, digest, max(size) as size from manifests
      join repositories as r on r.id = repository_id group by r.namespace_id, digest) as d
    group by namespace_id) as m on m.namespace_id = n.namespace_id
  left join (select r.namespace_id, count(*) as tags from tags
    join repositories as r on r.id = repository_id group by r.namespace_id) as t
    on t.namespace_id = n.namespace_id`;

const ofRepositories = sql`
  select 'repository', r.id, coalesce(b.bytes, 0) + coalesce(m.bytes, 0), coalesce(t.tags, 0), 0, 0
  from repositories as r
  left join (select repository_id, sum(size) as bytes from repository_blobs
    join blobs on blobs.id = blob_id group by repository_id) as b on b.repository_id = r.id
  left join (select repository_id, sum(size) as bytes from manifests group by repository_id) as m
    on m.repository_id = r.id
  left join (select repository_id, count(*) as tags from tags group by repository_id) as t
    on t.repository_id = r.id`;

/**
 * What the tables of counts have to hold, from the rows that they count. Migration 0028 begins with it, so it stays as it
 * is: who counts otherwise later writes another.
 */
export const RECOUNTS: readonly Recount[] = [
  {
    table: "namespace_blobs",
    select: sql`select namespace_id, blob_id, count(*) from repository_blobs
      join repositories on repositories.id = repository_id
      where namespace_id is not null group by namespace_id, blob_id`,
  },
  {
    table: "namespace_manifests",
    select: sql`select namespace_id, digest, count(*) from manifests
      join repositories on repositories.id = repository_id
      where namespace_id is not null group by namespace_id, digest`,
  },
  {
    table: "usage_counts",
    select: sql`${ofHub} union all ${ofNamespaces} union all ${ofRepositories}`,
  },
];

/** One row of `usage_counts`; no row for a scope that is not there. */
export function recountOf({ kind, id }: { kind: QuotaScopeKind; id: number }): RawBuilder<unknown> {
  if (kind === "hub") return ofHub;
  const all = kind === "namespace" ? ofNamespaces : ofRepositories;
  return sql`select * from (${all}) as r where ${sql.ref(kind === "namespace" ? "r.namespace_id" : "r.id")} = ${id}`;
}
