import type { Kysely, Selectable } from "kysely";
import { matchesName } from "../../../access/index.ts";
import type { Repository } from "../../../repositories/index.ts";
import type { RetentionTables, ScopeKind } from "../tables.ts";

type Db = Kysely<RetentionTables>;

const LEVELS: readonly ScopeKind[] = ["hub", "namespace", "repository"];

/** Where a policy holds: in all of it, or in repositories whose names the pattern matches. */
export interface Scope {
  readonly kind: ScopeKind;
  /** 0 for the hub. */
  readonly id: number;
  /** "" for all of it. */
  readonly pattern: string;
}

export interface SavedPolicy {
  readonly id: number;
  readonly scope: Scope;
  readonly text: string;
  readonly inUseMs: number | undefined;
  readonly pausedAt: Date | undefined;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

export async function findPolicy(db: Db, scope: Scope): Promise<SavedPolicy | undefined> {
  const row = await db
    .selectFrom("retention_policies")
    .selectAll()
    .where("scope_kind", "=", scope.kind)
    .where("scope_id", "=", scope.id)
    .where("pattern", "=", scope.pattern)
    .executeTakeFirst();
  return row && toPolicy(row);
}

export async function findPolicyById(db: Db, id: number): Promise<SavedPolicy | undefined> {
  const row = await db
    .selectFrom("retention_policies")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row && toPolicy(row);
}

/** Those of one hub, namespace or repository, with all their patterns. */
export async function listPolicies(
  db: Db,
  { kind, id }: Pick<Scope, "kind" | "id">,
): Promise<readonly SavedPolicy[]> {
  const rows = await db
    .selectFrom("retention_policies")
    .selectAll()
    .where("scope_kind", "=", kind)
    .where("scope_id", "=", id)
    .orderBy("pattern")
    .execute();
  return rows.map(toPolicy);
}

/**
 * The policy in force in a repository: the nearest wins. Its own, then its namespace's, then the hub's; of these one for a
 * pattern before the one for all, and the longest pattern first.
 */
export async function findPolicyInForce(
  db: Db,
  repository: Pick<Repository, "id" | "name" | "namespaceId">,
): Promise<SavedPolicy | undefined> {
  const scopes: readonly Pick<Scope, "kind" | "id">[] = [
    { kind: "repository", id: repository.id },
    ...(repository.namespaceId === undefined
      ? []
      : [{ kind: "namespace", id: repository.namespaceId } as const]),
    { kind: "hub", id: 0 },
  ];
  for (const scope of scopes) {
    const fitting = (await listPolicies(db, scope)).filter((policy) =>
      covers(policy.scope, repository.name),
    );
    const [nearest] = fitting.toSorted((a, b) => b.scope.pattern.length - a.scope.pattern.length);
    if (nearest !== undefined) return nearest;
  }
  return undefined;
}

/** Whether the repository, which lies in the scope's hub or namespace, is meant. Patterns of namespaces say what follows their name. */
export function covers({ kind, pattern }: Scope, repository: string): boolean {
  if (pattern === "") return true;
  const name = kind === "hub" ? repository : repository.slice(repository.indexOf("/") + 1);
  return matchesName(pattern, name);
}

/** Whether the repository is still where the scope is: one that was given to another owner is theirs. */
export function liesWithin(
  { kind, id }: Scope,
  { namespaceId }: Pick<Repository, "namespaceId">,
): boolean {
  return kind !== "namespace" || namespaceId === id;
}

/** Of a run, for policies that decided in it: one of a level above the run's concerns others, too. */
export function isAbove(policy: Scope, { kind }: Scope): boolean {
  return LEVELS.indexOf(policy.kind) < LEVELS.indexOf(kind);
}

/** A policy that is paused stays so, whatever it says now. */
export async function savePolicy(
  trx: Db,
  scope: Scope,
  policy: {
    readonly text: string;
    readonly inUseMs: number | undefined;
    readonly by: string;
    readonly now: Date;
  },
): Promise<void> {
  const at = policy.now.getTime();
  const row = {
    policy: policy.text,
    in_use_ms: policy.inUseMs ?? null,
    ran_at: at,
    updated_at: at,
    updated_by: policy.by,
  };
  await trx
    .insertInto("retention_policies")
    .values({
      scope_kind: scope.kind,
      scope_id: scope.id,
      pattern: scope.pattern,
      paused_at: null,
      ...row,
    })
    .onConflict((conflict) =>
      conflict.columns(["scope_kind", "scope_id", "pattern"]).doUpdateSet(row),
    )
    .execute();
}

export async function removePolicy(trx: Db, id: number): Promise<void> {
  await trx.deleteFrom("retention_policies").where("id", "=", id).execute();
}

export async function pausePolicy(trx: Db, id: number, pausedAt: Date | undefined): Promise<void> {
  await trx
    .updateTable("retention_policies")
    .set({ paused_at: pausedAt?.getTime() ?? null })
    .where("id", "=", id)
    .execute();
}

/** Policies whose turn it is: not held up, and last run before that time. */
export async function listDuePolicies(
  db: Db,
  { before, limit }: { readonly before: Date; readonly limit: number },
): Promise<readonly SavedPolicy[]> {
  const rows = await db
    .selectFrom("retention_policies")
    .selectAll()
    .where("paused_at", "is", null)
    .where("ran_at", "<=", before.getTime())
    .orderBy("ran_at")
    .limit(limit)
    .execute();
  return rows.map(toPolicy);
}

export async function noteScheduledRun(trx: Db, id: number, now: Date): Promise<void> {
  await trx
    .updateTable("retention_policies")
    .set({ ran_at: now.getTime() })
    .where("id", "=", id)
    .execute();
}

function toPolicy(row: Selectable<RetentionTables["retention_policies"]>): SavedPolicy {
  return {
    id: row.id,
    scope: { kind: row.scope_kind, id: row.scope_id, pattern: row.pattern },
    text: row.policy,
    inUseMs: row.in_use_ms ?? undefined,
    pausedAt: row.paused_at === null ? undefined : new Date(row.paused_at),
    updatedAt: new Date(row.updated_at),
    updatedBy: row.updated_by,
  };
}
