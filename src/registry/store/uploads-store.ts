import type { Kysely } from "kysely";
import { prepareQuery } from "../../platform/db/index.ts";
import type { RegistryTables } from "./tables.ts";

type Db = Kysely<RegistryTables>;

export interface UploadRow {
  readonly id: string;
  readonly repository: string;
  /** Of the repository that it was begun for, if that was there already. */
  readonly repositoryId: number | undefined;
  readonly principal: string;
  readonly expiresAt: Date;
}

const insertRow = prepareQuery((trx: Db, upload: RegistryTables["uploads"]) =>
  trx.insertInto("uploads").values({
    id: upload.id,
    repository: upload.repository,
    repository_id: upload.repository_id,
    principal: upload.principal,
    counted_for: upload.counted_for,
    started_at: upload.started_at,
    expires_at: upload.expires_at,
  }),
);

export async function insertUpload(
  trx: Db,
  upload: UploadRow & { countedFor: string; now: Date },
): Promise<void> {
  await insertRow(trx, {
    id: upload.id,
    repository: upload.repository,
    repository_id: upload.repositoryId ?? null,
    principal: upload.principal,
    counted_for: upload.countedFor,
    started_at: upload.now.getTime(),
    expires_at: upload.expiresAt.getTime(),
  });
}

const selectById = prepareQuery((db: Db, key: { id: string }) =>
  db.selectFrom("uploads").selectAll().where("id", "=", key.id),
);

export async function findUpload(db: Db, id: string): Promise<UploadRow | undefined> {
  const [row] = (await selectById(db, { id })).rows;
  if (row === undefined) return undefined;
  return {
    id: row.id,
    repository: row.repository,
    repositoryId: row.repository_id ?? undefined,
    principal: row.principal,
    expiresAt: new Date(row.expires_at),
  };
}

const countRows = prepareQuery((db: Db, from: { countedFor: string; limit: number }) =>
  db
    .selectFrom(
      db
        .selectFrom("uploads")
        .select("id")
        .where("counted_for", "=", from.countedFor)
        .limit(from.limit)
        .as("some"),
    )
    .select(({ fn }) => fn.countAll<number>().as("count")),
);

/** How many sessions are open for someone; counts no further than `limit`. */
export async function countUploadsFrom(db: Db, countedFor: string, limit: number): Promise<number> {
  const { rows } = await countRows(db, { countedFor, limit });
  return Number(rows[0]?.count);
}

const updateExpiry = prepareQuery((trx: Db, upload: { id: string; expiresAt: number }) =>
  trx.updateTable("uploads").set({ expires_at: upload.expiresAt }).where("id", "=", upload.id),
);

export async function postponeUploadExpiry(trx: Db, id: string, expiresAt: Date): Promise<void> {
  await updateExpiry(trx, { id, expiresAt: expiresAt.getTime() });
}

const deleteRow = prepareQuery((trx: Db, key: { id: string }) =>
  trx.deleteFrom("uploads").where("id", "=", key.id),
);

/** True if there was such an upload. */
export async function deleteUpload(trx: Db, id: string): Promise<boolean> {
  const { numAffectedRows = 0n } = await deleteRow(trx, { id });
  return numAffectedRows > 0n;
}

export async function listUploadsOf(
  db: Db,
  repository: number,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("uploads")
    .select("id")
    .where("repository_id", "=", repository)
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
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
