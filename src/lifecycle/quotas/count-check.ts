import { type Kysely, sql } from "kysely";
import type { QuotaScopeKind } from "../../contract/quotas.ts";
import type { Database } from "../../platform/db/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { RECOUNTS, recountOf } from "./recount.ts";

type Db = Kysely<LifecycleTables>;

interface ScopeKey {
  readonly kind: QuotaScopeKind;
  readonly id: number;
}

/** A scope of which something else is counted than is there; I7 of docs/operations.md. */
export interface CountFinding {
  readonly invariant: "I7";
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
  readonly scope: ScopeKey;
}

interface Difference {
  readonly kind: QuotaScopeKind;
  readonly id: number;
  readonly name: string | null;
  readonly bytes: number;
  readonly tags: number;
  readonly repositories: number;
  readonly counted_bytes: number;
  readonly counted_tags: number;
  readonly counted_repositories: number;
}

const LIMIT = 1000;
const REMEDY = "let it be counted anew: berth fsck --recount";

/** Each question is one statement, so that a push between two rows is no finding. */
export async function* checkCounts(db: Db): AsyncGenerator<CountFinding> {
  for (const row of await listMiscounted(db)) {
    const counted = `${row.counted_bytes} bytes, ${row.counted_tags} tags and ${row.counted_repositories} repositories are counted`;
    const found = `${row.bytes}, ${row.tags} and ${row.repositories} are there`;
    yield { ...describe(row), why: `${counted}, ${found}` };
  }
  for (const table of ["namespace_blobs", "namespace_manifests"] as const) {
    for (const row of await listMisheld(db, table)) {
      const what = table === "namespace_blobs" ? "blobs" : "manifests";
      yield { ...describe(row), why: `it is wrong which ${what} its repositories hold` };
    }
  }
}

/** Counts one scope anew, and what its namespace holds. */
export async function repairCounts(
  database: Pick<Database<LifecycleTables>, "write">,
  scope: ScopeKey,
): Promise<void> {
  await database.write(async (trx) => {
    if (scope.kind === "namespace") await recountNamespace(trx, scope.id);
    await trx
      .deleteFrom("usage_counts")
      .where("scope_kind", "=", scope.kind)
      .where("scope_id", "=", scope.id)
      .execute();
    await sql`insert into usage_counts (scope_kind, scope_id, bytes, tags, repositories, is_noted)
      ${recountOf(scope)}`.execute(trx);
  });
}

async function recountNamespace(trx: Db, id: number): Promise<void> {
  await trx.deleteFrom("namespace_blobs").where("namespace_id", "=", id).execute();
  await trx.deleteFrom("namespace_manifests").where("namespace_id", "=", id).execute();
  for (const { table, select } of RECOUNTS) {
    if (table === "usage_counts") continue;
    const column = sql.ref(table === "namespace_blobs" ? "blob_id" : "digest");
    const count = sql.ref(table === "namespace_blobs" ? "links" : "copies");
    await sql`insert into ${sql.table(table)} (namespace_id, ${column}, ${count})
      select * from (${select}) as r where r.namespace_id = ${id}`.execute(trx);
  }
}

function describe({ kind, id, name }: ScopeKey & { readonly name: string | null }) {
  const what = kind === "hub" ? "counts of the hub" : `counts of ${kind} ${name ?? `no. ${id}`}`;
  return { invariant: "I7", what, remedy: REMEDY, scope: { kind, id } } as const;
}

async function listMiscounted(db: Db): Promise<readonly Difference[]> {
  const truth = RECOUNTS.find(({ table }) => table === "usage_counts")?.select;
  if (truth === undefined) return [];
  const differs = (column: string) =>
    sql`coalesce(${sql.ref(`t.${column}`)}, 0) <> coalesce(${sql.ref(`u.${column}`)}, 0)`;
  const { rows } = await sql<Difference>`
    with truth (scope_kind, scope_id, bytes, tags, repositories, is_noted) as (${truth}),
    both as (
      select coalesce(t.scope_kind, u.scope_kind) as kind, coalesce(t.scope_id, u.scope_id) as id,
        coalesce(t.bytes, 0) as bytes, coalesce(t.tags, 0) as tags,
        coalesce(t.repositories, 0) as repositories, coalesce(u.bytes, 0) as counted_bytes,
        coalesce(u.tags, 0) as counted_tags, coalesce(u.repositories, 0) as counted_repositories
      from truth as t full join usage_counts as u
        on u.scope_kind = t.scope_kind and u.scope_id = t.scope_id
      where ${differs("bytes")} or ${differs("tags")} or ${differs("repositories")})
    select both.*, coalesce(n.name, r.name) as name from both
    left join namespaces as n on both.kind = 'namespace' and n.id = both.id
    left join repositories as r on both.kind = 'repository' and r.id = both.id
    order by kind, id limit ${LIMIT}`.execute(db);
  return rows;
}

/** Namespaces of which the table says something else than the rows that it sums up. */
async function listMisheld(
  db: Db,
  table: "namespace_blobs" | "namespace_manifests",
): Promise<readonly (ScopeKey & { readonly name: string | null })[]> {
  const truth = RECOUNTS.find((recount) => recount.table === table)?.select;
  if (truth === undefined) return [];
  const count = table === "namespace_blobs" ? "links" : "copies";
  const held = table === "namespace_blobs" ? "blob_id" : "digest";
  const { rows } = await sql<{ id: number; name: string | null }>`
    with truth (namespace_id, held, held_by) as (${truth})
    select distinct coalesce(t.namespace_id, h.namespace_id) as id, n.name
    from truth as t full join ${sql.table(table)} as h
      on h.namespace_id = t.namespace_id and ${sql.ref(`h.${held}`)} = t.held
    left join namespaces as n on n.id = coalesce(t.namespace_id, h.namespace_id)
    where coalesce(t.held_by, 0) <> coalesce(${sql.ref(`h.${count}`)}, 0)
    order by id limit ${LIMIT}`.execute(db);
  return rows.map(({ id, name }) => ({ kind: "namespace", id, name }));
}
