import type { Kysely } from "kysely";
import { QUOTA_RESOURCES, type QuotaResource } from "../../contract/quotas.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { keyOf, type Scope } from "./scopes.ts";

type Db = Kysely<LifecycleTables>;

/** One number for each resource. */
export type Amounts = Readonly<Record<QuotaResource, number>>;

const NOTHING: Amounts = { bytes: 0, tags: 0, repositories: 0 };

interface Ids {
  readonly namespace: number;
  readonly repository: number;
}

const selectCounts = prepareQuery((db: Db, ids: Ids) =>
  db
    .selectFrom("usage_counts")
    .select(["scope_kind", "scope_id", "bytes", "tags", "repositories"])
    .where((is) =>
      is.or([
        is.and([is("scope_kind", "=", "hub"), is("scope_id", "=", 0)]),
        is.and([is("scope_kind", "=", "namespace"), is("scope_id", "=", ids.namespace)]),
        is.and([is("scope_kind", "=", "repository"), is("scope_id", "=", ids.repository)]),
      ]),
    ),
);

/** What each of the scopes of one repository stores, by `keyOf`. */
export async function readCounts(
  db: Db,
  scopes: readonly Scope[],
): Promise<(scope: Scope) => Amounts> {
  const { rows } = await selectCounts(db, idsOf(scopes));
  const counts = new Map(
    rows.map((row) => [keyOf({ kind: row.scope_kind, id: row.scope_id }), toAmounts(row)]),
  );
  return (scope) => counts.get(keyOf(scope)) ?? NOTHING;
}

/** What a repository stores, each byte once, and how many tags it has. */
export async function findStored(
  db: Db,
  { id }: { readonly id: number },
): Promise<{ readonly bytes: number; readonly tags: number }> {
  const { rows } = await selectCounts(db, { namespace: -1, repository: id });
  const row = rows.find(({ scope_kind }) => scope_kind === "repository");
  return { bytes: Number(row?.bytes ?? 0), tags: Number(row?.tags ?? 0) };
}

const selectQuotas = prepareQuery((db: Db, ids: Ids) =>
  db
    .selectFrom("quotas")
    .selectAll()
    .where((is) =>
      is.or([
        is.and([is("scope_kind", "=", "hub"), is("scope_id", "=", 0)]),
        is.and([is("scope_kind", "=", "namespace"), is("scope_id", "=", ids.namespace)]),
        is.and([is("scope_kind", "=", "repository"), is("scope_id", "=", ids.repository)]),
      ]),
    ),
);

/** What was set for a scope; undefined where nothing was, null for no limit. */
export async function readQuotas(
  db: Db,
  scopes: readonly Scope[],
): Promise<(scope: Scope, resource: QuotaResource) => number | null | undefined> {
  const { rows } = await selectQuotas(db, idsOf(scopes));
  const amounts = new Map(
    rows.map((row) => [
      `${keyOf({ kind: row.scope_kind, id: row.scope_id })} ${row.resource}`,
      row.amount === null ? null : Number(row.amount),
    ]),
  );
  return (scope, resource) => amounts.get(`${keyOf(scope)} ${resource}`);
}

/** `undefined` takes back what was set. */
export async function saveQuota(
  trx: Db,
  { kind, id }: Scope,
  quota: { readonly resource: QuotaResource; readonly amount: number | null | undefined },
): Promise<void> {
  const { resource, amount } = quota;
  if (amount === undefined) {
    await trx
      .deleteFrom("quotas")
      .where("scope_kind", "=", kind)
      .where("scope_id", "=", id)
      .where("resource", "=", resource)
      .execute();
    return;
  }
  await trx
    .insertInto("quotas")
    .values({ scope_kind: kind, scope_id: id, resource, amount })
    .onConflict((conflict) =>
      conflict.columns(["scope_kind", "scope_id", "resource"]).doUpdateSet({ amount }),
    )
    .execute();
}

export async function hasQuotas(db: Db): Promise<boolean> {
  const row = await db.selectFrom("quotas").select("resource").limit(1).executeTakeFirst();
  return row !== undefined;
}

function idsOf(scopes: readonly Scope[]): Ids {
  const idOf = (kind: Scope["kind"]) => scopes.find((scope) => scope.kind === kind)?.id ?? -1;
  return { namespace: idOf("namespace"), repository: idOf("repository") };
}

function toAmounts(row: Record<QuotaResource, number>): Amounts {
  const amounts = { ...NOTHING };
  for (const resource of QUOTA_RESOURCES) amounts[resource] = Number(row[resource]);
  return amounts;
}
