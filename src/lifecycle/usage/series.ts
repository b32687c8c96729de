import type { Kysely } from "kysely";
import { readCounts } from "../quotas/quotas-store.ts";
import type { Scope } from "../quotas/scopes.ts";
import type { LifecycleTables } from "../tables.ts";
import { beginOf, listSamples, type Sample, STEP_MS, type Step } from "./samples-store.ts";
import { KEPT_MS } from "./sampling.ts";

export interface SeriesWish {
  readonly since: Date | undefined;
  readonly until: Date | undefined;
  readonly step: Step | undefined;
}

export interface Series {
  readonly step: Step;
  /** What was stored when each of them ended. */
  readonly items: readonly Sample[];
}

const WEEK = 7 * STEP_MS.day;

/** What the scope stored over time: one entry for each hour or day since it is known, the running one with what is now. */
export async function readSeries(
  db: Kysely<LifecycleTables>,
  scope: Scope,
  { wish, now }: { readonly wish: SeriesWish; readonly now: Date },
): Promise<Series> {
  const end = now.getTime();
  const from = wish.since?.getTime() ?? end - WEEK;
  const step = wish.step ?? (from < end - KEPT_MS.hour ? "day" : "hour");
  const since = beginOf(step, Math.max(from, end - KEPT_MS[step]));
  const until = Math.min(wish.until?.getTime() ?? Number.POSITIVE_INFINITY, end + 1);
  const samples = await listSamples(db, scope, { step, since, until });
  const items = fill(samples, { step, since, until });
  const running = beginOf(step, end);
  if (until <= running) return { step, items };
  const counts = (await readCounts(db, [scope]))(scope);
  return { step, items: [...items.filter(({ at }) => at < running), { at: running, ...counts }] };
}

function fill(
  samples: readonly Sample[],
  span: { readonly step: Step; readonly since: number; readonly until: number },
): readonly Sample[] {
  const { step, since, until } = span;
  const items: Sample[] = [];
  let next = 0;
  for (let at = since; at < until; at += STEP_MS[step]) {
    while ((samples[next]?.at ?? Number.POSITIVE_INFINITY) <= at) next += 1;
    const held = samples[next - 1];
    if (held !== undefined) items.push({ ...held, at });
  }
  return items;
}
