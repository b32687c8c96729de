import type { Kysely, Selectable } from "kysely";
import type { BuildAgentId, BuildTables } from "../tables.ts";

type Db = Kysely<BuildTables>;

export interface BuildAgent {
  readonly id: BuildAgentId;
  readonly name: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date | undefined;
}

export async function listAgents(db: Db): Promise<BuildAgent[]> {
  const rows = await db.selectFrom("build_agents").selectAll().orderBy("name").execute();
  return rows.map(toAgent);
}

export async function findAgent(db: Db, name: string): Promise<BuildAgent | undefined> {
  const row = await db
    .selectFrom("build_agents")
    .selectAll()
    .where("name", "=", name)
    .executeTakeFirst();
  return row && toAgent(row);
}

export async function findAgentByToken(db: Db, hash: string): Promise<BuildAgent | undefined> {
  const row = await db
    .selectFrom("build_agents")
    .selectAll()
    .where("token_hash", "=", hash)
    .executeTakeFirst();
  return row && toAgent(row);
}

export async function insertAgent(
  trx: Db,
  agent: { readonly name: string; readonly hash: string; readonly by: string; readonly now: Date },
): Promise<BuildAgent> {
  const row = await trx
    .insertInto("build_agents")
    .values({
      name: agent.name,
      token_hash: agent.hash,
      created_by: agent.by,
      created_at: agent.now.getTime(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toAgent(row);
}

export async function noteSeen(trx: Db, id: BuildAgentId, now: Date): Promise<void> {
  await trx
    .updateTable("build_agents")
    .set({ last_seen_at: now.getTime() })
    .where("id", "=", id)
    .execute();
}

export async function deleteAgent(trx: Db, id: BuildAgentId): Promise<void> {
  await trx.deleteFrom("build_agents").where("id", "=", id).execute();
}

function toAgent(row: Selectable<BuildTables["build_agents"]>): BuildAgent {
  return {
    id: row.id,
    name: row.name,
    createdBy: row.created_by,
    createdAt: new Date(row.created_at),
    lastSeenAt: row.last_seen_at === null ? undefined : new Date(row.last_seen_at),
  };
}
