import type { Kysely } from "kysely";
import type { RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;

export interface UploadRow {
  readonly id: string;
  readonly repository: string;
  readonly principal: string;
  readonly expiresAt: Date;
}

export async function insertUpload(
  trx: Db,
  upload: UploadRow & { countedFor: string; now: Date },
): Promise<void> {
  await trx
    .insertInto("uploads")
    .values({
      id: upload.id,
      repository: upload.repository,
      principal: upload.principal,
      counted_for: upload.countedFor,
      started_at: upload.now.getTime(),
      expires_at: upload.expiresAt.getTime(),
    })
    .execute();
}

export async function findUpload(db: Db, id: string): Promise<UploadRow | undefined> {
  const row = await db.selectFrom("uploads").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    repository: row.repository,
    principal: row.principal,
    expiresAt: new Date(row.expires_at),
  };
}

/** How many sessions are open for someone; counts no further than `limit`. */
export async function countUploadsFrom(db: Db, countedFor: string, limit: number): Promise<number> {
  const some = db
    .selectFrom("uploads")
    .select("id")
    .where("counted_for", "=", countedFor)
    .limit(limit)
    .as("some");
  const row = await db
    .selectFrom(some)
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

export async function postponeUploadExpiry(trx: Db, id: string, expiresAt: Date): Promise<void> {
  await trx
    .updateTable("uploads")
    .set({ expires_at: expiresAt.getTime() })
    .where("id", "=", id)
    .execute();
}

/** True if there was such an upload. */
export async function deleteUpload(trx: Db, id: string): Promise<boolean> {
  const result = await trx.deleteFrom("uploads").where("id", "=", id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function listExpiredUploads(
  db: Db,
  options: { now: Date; limit: number },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("uploads")
    .select("id")
    .where("expires_at", "<=", options.now.getTime())
    .orderBy("expires_at")
    .limit(options.limit)
    .execute();
  return rows.map((row) => row.id);
}
