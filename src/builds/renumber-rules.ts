import type { Kysely } from "kysely";
import type { RepositoryId } from "../repositories/index.ts";
import type { BuildTables } from "./tables.ts";

/** Of builds whose rule is gone; what was uploaded has none either, and is told from it. */
const GONE = -2;
const APART = 10_000;

/**
 * Builds and links follow their rules to where these are now, so that the history of one is never that of another. What was
 * built by a rule that is gone is not built anew, and what waits for one is cancelled.
 */
export async function renumberRules(
  trx: Kysely<BuildTables>,
  repository: RepositoryId,
  wish: { readonly places: readonly (number | undefined)[]; readonly now: Date },
): Promise<void> {
  const { places, now } = wish;
  if (places.every((place, rule) => place === rule)) return;
  for (const [rule, place] of places.entries()) {
    if (place === undefined) await endRule(trx, { repository, rule, now });
    for (const table of ["builds", "build_links"] as const)
      await trx
        .updateTable(table)
        .set({ rule: place === undefined ? GONE : APART + place })
        .where("repository_id", "=", repository)
        .where("rule", "=", rule)
        .execute();
  }
  // In two steps: two rules may have changed places.
  for (const table of ["builds", "build_links"] as const)
    await trx
      .updateTable(table)
      .set((is) => ({ rule: is("rule", "-", APART) }))
      .where("repository_id", "=", repository)
      .where("rule", ">=", APART)
      .execute();
}

async function endRule(
  trx: Kysely<BuildTables>,
  wish: { readonly repository: RepositoryId; readonly rule: number; readonly now: Date },
): Promise<void> {
  const { repository, rule, now } = wish;
  await trx
    .deleteFrom("build_links")
    .where("repository_id", "=", repository)
    .where("rule", "=", rule)
    .execute();
  await trx
    .updateTable("builds")
    .set({ state: "cancelled", why: "its rule is gone", ended_at: now.getTime() })
    .where("repository_id", "=", repository)
    .where("rule", "=", rule)
    .where("state", "=", "queued")
    .execute();
}
