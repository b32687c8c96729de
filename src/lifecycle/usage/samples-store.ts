import type { Kysely } from "kysely";
import type { QuotaScopeKind } from "../../contract/quotas.ts";
import type { LifecycleTables } from "../tables.ts";

type Db = Kysely<LifecycleTables>;

export type Step = "hour" | "day";

export interface Sample {
  readonly at: number;
  readonly bytes: number;
  readonly tags: number;
  readonly repositories: number;
}

interface ScopeKey {
  readonly kind: QuotaScopeKind;
  readonly id: number;
}

const HOUR = 3_600_000;

export const STEP_MS: Readonly<Record<Step, number>> = { hour: HOUR, day: 24 * HOUR };

/** Of UTC. */
export function beginOf(step: Step, time: number): number {
  return time - (time % STEP_MS[step]);
}

/**
 * Writes what changed into the hour and the day that run; answers how many scopes that were. Done again in the same hour it
 * leaves the later amounts, so nothing is counted twice.
 */
export async function noteChanges(
  trx: Db,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<number> {
  const changed = await trx
    .selectFrom("usage_counts")
    .select(["scope_kind", "scope_id", "bytes", "tags", "repositories"])
    .where("is_noted", "=", 0)
    .limit(limit)
    .execute();
  for (const { scope_kind, scope_id, ...amounts } of changed) {
    for (const step of ["hour", "day"] as const) {
      const row = { scope_kind, scope_id, step, at: beginOf(step, now), ...amounts };
      await trx
        .insertInto("usage_samples")
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(["scope_kind", "scope_id", "step", "at"]).doUpdateSet(amounts),
        )
        .execute();
    }
    await trx
      .updateTable("usage_counts")
      .set({ is_noted: 1 })
      .where("scope_kind", "=", scope_kind)
      .where("scope_id", "=", scope_id)
      .execute();
  }
  return changed.length;
}

/** From `since` until and without `until`, and the one before, which holds when they begin. */
export async function listSamples(
  db: Db,
  { kind, id }: ScopeKey,
  span: { readonly step: Step; readonly since: number; readonly until: number },
): Promise<readonly Sample[]> {
  const { step, since, until } = span;
  const ofScope = db
    .selectFrom("usage_samples")
    .select(["at", "bytes", "tags", "repositories"])
    .where("scope_kind", "=", kind)
    .where("scope_id", "=", id)
    .where("step", "=", step);
  const before = await ofScope.where("at", "<", since).orderBy("at", "desc").limit(1).execute();
  const within = await ofScope
    .where("at", ">=", since)
    .where("at", "<", until)
    .orderBy("at")
    .execute();
  return [...before, ...within].map((row) => ({
    at: Number(row.at),
    bytes: Number(row.bytes),
    tags: Number(row.tags),
    repositories: Number(row.repositories),
  }));
}

type SampleKey = Pick<LifecycleTables["usage_samples"], "scope_kind" | "scope_id" | "at">;

/** Rows of before `before` that a later one of before it replaces. */
export async function listReplaced(
  db: Db,
  bounds: { readonly step: Step; readonly before: number; readonly limit: number },
): Promise<readonly SampleKey[]> {
  const { step, before, limit } = bounds;
  return await db
    .selectFrom("usage_samples as old")
    .select(["old.scope_kind", "old.scope_id", "old.at"])
    .where("old.step", "=", step)
    .where("old.at", "<", before)
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom("usage_samples as later")
          .select("later.at")
          .whereRef("later.scope_kind", "=", "old.scope_kind")
          .whereRef("later.scope_id", "=", "old.scope_id")
          .whereRef("later.step", "=", "old.step")
          .whereRef("later.at", ">", "old.at")
          .where("later.at", "<=", before),
      ),
    )
    .limit(limit)
    .execute();
}

export async function removeSamples(
  trx: Db,
  step: Step,
  keys: readonly SampleKey[],
): Promise<void> {
  for (const { scope_kind, scope_id, at } of keys) {
    await trx
      .deleteFrom("usage_samples")
      .where("scope_kind", "=", scope_kind)
      .where("scope_id", "=", scope_id)
      .where("step", "=", step)
      .where("at", "=", at)
      .execute();
  }
}
