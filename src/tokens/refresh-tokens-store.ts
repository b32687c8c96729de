import type { Kysely, Selectable } from "kysely";
import type { Credential } from "../access/index.ts";
import { prepareQuery } from "../platform/db/index.ts";
import type { Holder } from "./identities.ts";
import type { TokenTables } from "./tables.ts";

export interface RefreshToken {
  readonly id: string;
  readonly holder: Holder;
  readonly client: string;
  readonly address: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
}

const selectByHash = prepareQuery((db: Kysely<TokenTables>, key: { hash: string }) =>
  db.selectFrom("refresh_tokens").selectAll().where("secret_hash", "=", key.hash),
);

export async function findRefreshToken(
  db: Kysely<TokenTables>,
  hash: string,
): Promise<RefreshToken | undefined> {
  const { rows } = await selectByHash(db, { hash });
  return rows[0] && toRefreshToken(rows[0]);
}

export async function insertRefreshToken(
  trx: Kysely<TokenTables>,
  token: RefreshToken & { readonly secretHash: string },
): Promise<void> {
  const { holder } = token;
  await trx
    .insertInto("refresh_tokens")
    .values({
      id: token.id,
      secret_hash: token.secretHash,
      account_id: holder.accountId,
      credential_kind: holder.credential.kind,
      credential_id: holder.credential.id,
      client: token.client,
      address: token.address,
      created_at: token.createdAt.getTime(),
      last_used_at: token.lastUsedAt.getTime(),
      expires_at: token.expiresAt.getTime(),
    })
    .execute();
}

export async function noteRefresh(
  trx: Kysely<TokenTables>,
  id: string,
  use: { readonly at: Date; readonly expiresAt: Date },
): Promise<void> {
  await trx
    .updateTable("refresh_tokens")
    .set({ last_used_at: use.at.getTime(), expires_at: use.expiresAt.getTime() })
    .where("id", "=", id)
    .execute();
}

/** All but the `keep` of the account that were used last. */
export async function removeLeastUsed(
  trx: Kysely<TokenTables>,
  accountId: number,
  keep: number,
): Promise<void> {
  const surplus = trx
    .selectFrom("refresh_tokens")
    .select("id")
    .where("account_id", "=", accountId)
    .orderBy("last_used_at", "desc")
    .orderBy("id", "desc")
    .limit(Number.MAX_SAFE_INTEGER)
    .offset(keep);
  await trx.deleteFrom("refresh_tokens").where("id", "in", surplus).execute();
}

/** The one that was used last first. An account has a bounded number, so this is no page. */
export async function listRefreshTokens(
  db: Kysely<TokenTables>,
  accountId: number,
): Promise<readonly RefreshToken[]> {
  const rows = await db
    .selectFrom("refresh_tokens")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("last_used_at", "desc")
    .orderBy("id", "desc")
    .execute();
  return rows.map(toRefreshToken);
}

/** Only among the account's own; whether it was there. */
export async function removeRefreshToken(
  trx: Kysely<TokenTables>,
  { accountId, id }: { readonly accountId: number; readonly id: string },
): Promise<boolean> {
  const result = await trx
    .deleteFrom("refresh_tokens")
    .where("account_id", "=", accountId)
    .where("id", "=", id)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function removeOfAccount(trx: Kysely<TokenTables>, accountId: number): Promise<void> {
  await trx.deleteFrom("refresh_tokens").where("account_id", "=", accountId).execute();
}

/** Those that the account's password was given for, or whatever else it logs in with as a whole. */
export async function removePasswordLogins(
  trx: Kysely<TokenTables>,
  accountId: number,
): Promise<void> {
  await trx
    .deleteFrom("refresh_tokens")
    .where("account_id", "=", accountId)
    .where("credential_kind", "!=", "personal token")
    .execute();
}

export async function removeExpired(trx: Kysely<TokenTables>, now: Date): Promise<void> {
  await trx.deleteFrom("refresh_tokens").where("expires_at", "<=", now.getTime()).execute();
}

function toRefreshToken(row: Selectable<TokenTables["refresh_tokens"]>): RefreshToken {
  const kind = row.credential_kind as Credential["kind"];
  return {
    id: row.id,
    holder: { accountId: row.account_id, credential: { kind, id: row.credential_id } },
    client: row.client,
    address: row.address,
    createdAt: new Date(row.created_at),
    lastUsedAt: new Date(row.last_used_at),
    expiresAt: new Date(row.expires_at),
  };
}
