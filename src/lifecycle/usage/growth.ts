import { type Kysely, sql } from "kysely";
import type { LifecycleTables } from "../tables.ts";
import { beginOf, STEP_MS } from "./samples-store.ts";

export interface Growth {
  readonly repository: string;
  readonly bytes: number;
  /** What it stored when the time began. */
  readonly before: number;
}

const LISTED = 20;

/** Which repositories grew most in the last days. Only those are looked at that have changed at all. */
export async function listGrowth(
  db: Kysely<LifecycleTables>,
  { days, now }: { readonly days: number; readonly now: Date },
): Promise<readonly Growth[]> {
  const since = beginOf("day", now.getTime()) - (days - 1) * STEP_MS.day;
  const changed = db
    .selectFrom("usage_samples")
    .select("scope_id")
    .where("scope_kind", "=", "repository")
    .where("step", "=", "day")
    .where("at", ">=", since);
  const counted = db
    .selectFrom("usage_counts")
    .innerJoin("repositories", "repositories.id", "usage_counts.scope_id")
    .select((is) => [
      "repositories.name as repository",
      "usage_counts.bytes",
      is.fn
        .coalesce(
          is
            .selectFrom("usage_samples")
            .select("usage_samples.bytes")
            .where("usage_samples.scope_kind", "=", "repository")
            .whereRef("usage_samples.scope_id", "=", "usage_counts.scope_id")
            .where("usage_samples.step", "=", "day")
            .where("usage_samples.at", "<", since)
            .orderBy("usage_samples.at", "desc")
            .limit(1),
          is.val(0),
        )
        .as("before"),
    ])
    .where("usage_counts.scope_kind", "=", "repository")
    .where("usage_counts.scope_id", "in", changed);
  const rows = await db
    .selectFrom(counted.as("counted"))
    .selectAll()
    .whereRef("bytes", ">", "before")
    .orderBy(sql`bytes - before`, "desc")
    .orderBy("repository")
    .limit(LISTED)
    .execute();
  return rows.map(({ repository, bytes, before }) => ({
    ...{ repository, bytes: Number(bytes), before: Number(before) },
  }));
}
