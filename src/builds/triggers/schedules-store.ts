import type { Kysely } from "kysely";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BuildTables } from "../tables.ts";

type Db = Kysely<BuildTables>;

export interface DueRule {
  readonly repositoryId: RepositoryId;
  readonly rule: number;
  /** Of who saved the rule. */
  readonly accountId: number;
  readonly at: Date;
}

/** In place of what was due before. */
export async function saveSchedules(
  trx: Db,
  repository: RepositoryId,
  due: readonly Omit<DueRule, "repositoryId">[],
): Promise<void> {
  await removeSchedulesOf(trx, repository);
  for (const { rule, accountId, at } of due)
    await trx
      .insertInto("build_schedules")
      .values({ repository_id: repository, rule, account_id: accountId, next_at: at.getTime() })
      .execute();
}

export async function listDueRules(
  db: Db,
  wish: { readonly now: Date; readonly limit: number },
): Promise<DueRule[]> {
  const rows = await db
    .selectFrom("build_schedules")
    .selectAll()
    .where("next_at", "<=", wish.now.getTime())
    .orderBy("next_at")
    .limit(wish.limit)
    .execute();
  return rows.map((row) => ({
    ...{ repositoryId: row.repository_id, rule: row.rule, accountId: row.account_id },
    at: new Date(row.next_at),
  }));
}

/** Undefined: never again. */
export async function moveSchedule(
  trx: Db,
  { repositoryId, rule }: Pick<DueRule, "repositoryId" | "rule">,
  next: Date | undefined,
): Promise<void> {
  if (next === undefined)
    await trx
      .deleteFrom("build_schedules")
      .where("repository_id", "=", repositoryId)
      .where("rule", "=", rule)
      .execute();
  else
    await trx
      .updateTable("build_schedules")
      .set({ next_at: next.getTime() })
      .where("repository_id", "=", repositoryId)
      .where("rule", "=", rule)
      .execute();
}

export async function removeSchedulesOf(trx: Db, repository: RepositoryId): Promise<void> {
  await trx.deleteFrom("build_schedules").where("repository_id", "=", repository).execute();
}
