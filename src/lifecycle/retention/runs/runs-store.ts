import type { Insertable, Kysely, Selectable } from "kysely";
import type { Scope } from "../policies/policies-store.ts";
import type { RetentionTables, RunState } from "../tables.ts";

type Db = Kysely<RetentionTables>;
type Row = Selectable<RetentionTables["retention_runs"]>;

export interface Run {
  readonly id: number;
  readonly scope: Scope;
  /** As people write it. */
  readonly scopeName: string;
  /** Of its own, as for a prune; otherwise the policies in force are applied. */
  readonly policy: string | undefined;
  readonly inUseMs: number | undefined;
  /** Only where this policy is in force. */
  readonly onlyPolicy: number | undefined;
  readonly cause: "schedule" | "person";
  readonly startedBy: string;
  readonly state: RunState;
  readonly isEnding: boolean;
  readonly asOf: Date;
  readonly finishedAt: Date | undefined;
  /** The last repository that is done. */
  readonly position: string;
  readonly repositories: number;
  /** Of these, those that were left out because nothing can have changed. */
  readonly unchanged: number;
  readonly examined: number;
  readonly removed: number;
  readonly spared: number;
  readonly freedBytes: number;
  readonly failure: string | undefined;
  readonly restored: number;
  readonly lost: number;
}

export interface NewRun {
  readonly scope: Scope;
  readonly scopeName: string;
  readonly policy?: string | undefined;
  readonly inUseMs?: number | undefined;
  readonly onlyPolicy?: number | undefined;
  readonly cause: "schedule" | "person";
  readonly startedBy: string;
  readonly now: Date;
}

const FRESH = {
  state: "waiting",
  is_ending: 0,
  finished_at: null,
  position: "",
  repositories: 0,
  examined: 0,
  removed: 0,
  spared: 0,
  freed_bytes: 0,
  failure: null,
  restored: 0,
  lost: 0,
} as const satisfies Partial<Insertable<RetentionTables["retention_runs"]>>;

export async function insertRun(trx: Db, run: NewRun): Promise<Run> {
  const row = await trx
    .insertInto("retention_runs")
    .values({
      ...FRESH,
      scope_kind: run.scope.kind,
      scope_id: run.scope.id,
      pattern: run.scope.pattern,
      scope_name: run.scopeName,
      policy: run.policy ?? null,
      in_use_ms: run.inUseMs ?? null,
      only_policy: run.onlyPolicy ?? null,
      cause: run.cause,
      started_by: run.startedBy,
      as_of: run.now.getTime(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toRun(row);
}

export async function findRun(db: Db, id: number): Promise<Run | undefined> {
  const row = await db
    .selectFrom("retention_runs")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row && toRun(row);
}

/** Newest first, before `before`. */
export async function listRuns(
  db: Db,
  { kind, id }: Pick<Scope, "kind" | "id">,
  page: { readonly before: number | undefined; readonly limit: number },
): Promise<readonly Run[]> {
  const rows = await db
    .selectFrom("retention_runs")
    .selectAll()
    .where("scope_kind", "=", kind)
    .where("scope_id", "=", id)
    .$if(page.before !== undefined, (query) => query.where("id", "<", page.before as number))
    .orderBy("id", "desc")
    .limit(page.limit)
    .execute();
  return rows.map(toRun);
}

/** In this order: what people want back comes before what goes. */
export const UNFINISHED: readonly RunState[] = ["undoing", "running", "waiting"];

/** The oldest run in the first of these states in which there is one. */
export async function findUnfinishedRun(
  db: Db,
  states: readonly RunState[],
): Promise<Run | undefined> {
  for (const state of states) {
    const row = await db
      .selectFrom("retention_runs")
      .selectAll()
      .where("state", "=", state)
      .orderBy("id")
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return toRun(row);
  }
  return undefined;
}

export async function beginRun(trx: Db, id: number): Promise<void> {
  await trx.updateTable("retention_runs").set({ state: "running" }).where("id", "=", id).execute();
}

export async function endRun(
  trx: Db,
  id: number,
  end: { readonly state: RunState; readonly now: Date; readonly failure?: string },
): Promise<void> {
  await trx
    .updateTable("retention_runs")
    .set({
      state: end.state,
      finished_at: end.now.getTime(),
      failure: end.failure ?? null,
    })
    .where("id", "=", id)
    .execute();
}

/** Asks it to end after the step at hand. */
export async function askToEnd(trx: Db, id: number): Promise<void> {
  await trx
    .updateTable("retention_runs")
    .set({ is_ending: 1 })
    .where("id", "=", id)
    .where("state", "in", ["waiting", "running"])
    .execute();
}

export interface Progress {
  readonly repositories?: number;
  readonly unchanged?: number;
  readonly examined?: number;
  readonly removed?: number;
  readonly spared?: number;
  readonly freedBytes?: number;
  readonly restored?: number;
  readonly lost?: number;
  readonly position?: string | undefined;
}

export async function addProgress(trx: Db, id: number, by: Progress): Promise<void> {
  await trx
    .updateTable("retention_runs")
    .set((is) => ({
      repositories: is("repositories", "+", by.repositories ?? 0),
      unchanged: is("unchanged", "+", by.unchanged ?? 0),
      examined: is("examined", "+", by.examined ?? 0),
      removed: is("removed", "+", by.removed ?? 0),
      spared: is("spared", "+", by.spared ?? 0),
      freed_bytes: is("freed_bytes", "+", by.freedBytes ?? 0),
      restored: is("restored", "+", by.restored ?? 0),
      lost: is("lost", "+", by.lost ?? 0),
      ...(by.position !== undefined && { position: by.position }),
    }))
    .where("id", "=", id)
    .execute();
}

/** From here on its removals are put right again, in steps. False for a run that is not over, or undone already. */
export async function beginUndo(trx: Db, id: number): Promise<boolean> {
  const result = await trx
    .updateTable("retention_runs")
    .set({ state: "undoing", is_ending: 0 })
    .where("id", "=", id)
    .where("state", "in", ["done", "cancelled", "failed"])
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

function toRun(row: Row): Run {
  return {
    id: row.id,
    scope: { kind: row.scope_kind, id: row.scope_id, pattern: row.pattern },
    scopeName: row.scope_name,
    policy: row.policy ?? undefined,
    inUseMs: row.in_use_ms ?? undefined,
    onlyPolicy: row.only_policy ?? undefined,
    cause: row.cause,
    startedBy: row.started_by,
    state: row.state,
    isEnding: row.is_ending === 1,
    asOf: new Date(row.as_of),
    finishedAt: row.finished_at === null ? undefined : new Date(row.finished_at),
    position: row.position,
    repositories: Number(row.repositories),
    unchanged: Number(row.unchanged),
    examined: Number(row.examined),
    removed: Number(row.removed),
    spared: Number(row.spared),
    freedBytes: Number(row.freed_bytes),
    failure: row.failure ?? undefined,
    restored: Number(row.restored),
    lost: Number(row.lost),
  };
}
