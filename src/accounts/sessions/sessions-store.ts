import type { Kysely, Selectable } from "kysely";
import type { NamespaceId } from "../../namespaces/index.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { AccountTables, SessionId } from "../accounts-store.ts";

/** By what somebody proved to be the account's owner when the session began. */
export type SessionProof = "password" | "password and code" | "oidc" | "ldap" | "ldap and code";

export interface Session {
  readonly id: SessionId;
  readonly accountId: NamespaceId;
  readonly provedBy: SessionProof;
  /** The last time that they did; later than its begin when they were asked again. */
  readonly provedAt: Date;
  readonly createdAt: Date;
  /** Whatever happens. */
  readonly expiresAt: Date;
  readonly lastUse: { readonly at: Date; readonly address: string; readonly client: string };
}

const selectByHash = prepareQuery((db: Kysely<AccountTables>, key: { hash: string }) =>
  db.selectFrom("browser_sessions").selectAll().where("secret_hash", "=", key.hash),
);

export async function findSessionByHash(
  db: Kysely<AccountTables>,
  hash: string,
): Promise<Session | undefined> {
  const { rows } = await selectByHash(db, { hash });
  return rows[0] && toSession(rows[0]);
}

/** The one that was used last first. An account has a bounded number, so this is no page. */
export async function listSessions(
  db: Kysely<AccountTables>,
  accountId: NamespaceId,
): Promise<readonly Session[]> {
  const rows = await db
    .selectFrom("browser_sessions")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("last_used_at", "desc")
    .orderBy("id")
    .execute();
  return rows.map(toSession);
}

export async function insertSession(
  trx: Kysely<AccountTables>,
  session: Session & { readonly secretHash: string; readonly openedBy?: string | undefined },
): Promise<void> {
  const { lastUse, openedBy = null } = session;
  await trx
    .insertInto("browser_sessions")
    .values({
      id: session.id,
      secret_hash: session.secretHash,
      account_id: session.accountId,
      proved_by: session.provedBy,
      proved_at: session.provedAt.getTime(),
      created_at: session.createdAt.getTime(),
      expires_at: session.expiresAt.getTime(),
      last_used_at: lastUse.at.getTime(),
      last_used_address: lastUse.address,
      last_used_client: lastUse.client,
      identity_id: openedBy,
    })
    .execute();
}

export async function noteSessionUse(
  trx: Kysely<AccountTables>,
  id: SessionId,
  { at, address, client }: Session["lastUse"],
): Promise<void> {
  await trx
    .updateTable("browser_sessions")
    .set({ last_used_at: at.getTime(), last_used_address: address, last_used_client: client })
    .where("id", "=", id)
    .execute();
}

/** Whether the session is still there. */
export async function noteSessionProof(
  trx: Kysely<AccountTables>,
  id: SessionId,
  at: Date,
): Promise<boolean> {
  const result = await trx
    .updateTable("browser_sessions")
    .set({ proved_at: at.getTime() })
    .where("id", "=", id)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Only among the account's own; whether it was there. */
export async function removeSession(
  trx: Kysely<AccountTables>,
  key: { readonly accountId: NamespaceId; readonly id: string },
): Promise<boolean> {
  const result = await trx
    .deleteFrom("browser_sessions")
    .where("account_id", "=", key.accountId)
    .where("id", "=", key.id as SessionId)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** All of the account but one, if that is named; how many there were. */
export async function removeSessionsOf(
  trx: Kysely<AccountTables>,
  accountId: NamespaceId,
  except = "",
): Promise<number> {
  const result = await trx
    .deleteFrom("browser_sessions")
    .where("account_id", "=", accountId)
    .where("id", "!=", except as SessionId)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Makes room for one more: of too many, those go that were used longest ago. */
export async function removeLeastUsedSessions(
  trx: Kysely<AccountTables>,
  accountId: NamespaceId,
  keep: number,
): Promise<void> {
  const surplus = (await listSessions(trx, accountId)).slice(keep).map(({ id }) => id);
  if (surplus.length === 0) return;
  await trx.deleteFrom("browser_sessions").where("id", "in", surplus).execute();
}

export async function removeEndedSessions(
  trx: Kysely<AccountTables>,
  { now, unusedSince }: { readonly now: Date; readonly unusedSince: Date },
): Promise<void> {
  await trx
    .deleteFrom("browser_sessions")
    .where((is) =>
      is.or([
        is("expires_at", "<=", now.getTime()),
        is("last_used_at", "<=", unusedSince.getTime()),
      ]),
    )
    .execute();
}

function toSession(row: Selectable<AccountTables["browser_sessions"]>): Session {
  return {
    id: row.id,
    accountId: row.account_id,
    provedBy: row.proved_by as SessionProof,
    provedAt: new Date(row.proved_at),
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    lastUse: {
      at: new Date(row.last_used_at),
      address: row.last_used_address,
      client: row.last_used_client,
    },
  };
}
