import type { Kysely } from "kysely";
import type { AccountTables } from "../accounts-store.ts";

type Db = Kysely<AccountTables>;

export interface ResetRequest {
  readonly id: string;
  readonly claim: string;
  readonly address: string;
  readonly client: string;
  readonly createdAt: Date;
}

export async function insertResetRequest(trx: Db, request: ResetRequest): Promise<void> {
  const { createdAt, ...rest } = request;
  await trx
    .insertInto("password_reset_requests")
    .values({ ...rest, created_at: createdAt.getTime() })
    .execute();
}

export async function listResetRequests(db: Db, limit: number): Promise<readonly ResetRequest[]> {
  const rows = await db
    .selectFrom("password_reset_requests")
    .selectAll()
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(({ created_at, ...row }) => ({ ...row, createdAt: new Date(created_at) }));
}

/** False when it is not there any more. */
export async function takeResetRequest(trx: Db, id: string): Promise<boolean> {
  const result = await trx
    .deleteFrom("password_reset_requests")
    .where("id", "=", id)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}
