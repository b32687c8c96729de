import type { Kysely, Selectable } from "kysely";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BuildTables } from "../tables.ts";

type Db = Kysely<BuildTables>;

export interface BuildTrigger {
  readonly id: string;
  readonly repositoryId: RepositoryId;
  readonly label: string;
  readonly secretHash: string;
  /** On whose right its images are published. */
  readonly accountId: number;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly usedAt: Date | undefined;
}

export async function insertTrigger(trx: Db, trigger: BuildTrigger): Promise<void> {
  await trx
    .insertInto("build_triggers")
    .values({
      id: trigger.id,
      repository_id: trigger.repositoryId,
      label: trigger.label,
      secret_hash: trigger.secretHash,
      account_id: trigger.accountId,
      created_by: trigger.createdBy,
      created_at: trigger.createdAt.getTime(),
      used_at: null,
    })
    .execute();
}

export async function findTrigger(db: Db, id: string): Promise<BuildTrigger | undefined> {
  const row = await db
    .selectFrom("build_triggers")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row && toTrigger(row);
}

export async function listTriggers(db: Db, repository: RepositoryId): Promise<BuildTrigger[]> {
  const rows = await db
    .selectFrom("build_triggers")
    .selectAll()
    .where("repository_id", "=", repository)
    .orderBy("created_at")
    .execute();
  return rows.map(toTrigger);
}

export async function noteTriggerUse(trx: Db, id: string, now: Date): Promise<void> {
  await trx
    .updateTable("build_triggers")
    .set({ used_at: now.getTime() })
    .where("id", "=", id)
    .execute();
}

export async function removeTrigger(trx: Db, id: string): Promise<void> {
  await trx.deleteFrom("build_triggers").where("id", "=", id).execute();
}

export async function removeTriggersOf(trx: Db, repository: RepositoryId): Promise<void> {
  await trx.deleteFrom("build_triggers").where("repository_id", "=", repository).execute();
}

function toTrigger(row: Selectable<BuildTables["build_triggers"]>): BuildTrigger {
  return {
    ...{ id: row.id, repositoryId: row.repository_id, label: row.label },
    ...{ secretHash: row.secret_hash, accountId: row.account_id, createdBy: row.created_by },
    createdAt: new Date(row.created_at),
    usedAt: row.used_at === null ? undefined : new Date(row.used_at),
  };
}
