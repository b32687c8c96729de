import type { Kysely } from "kysely";
import type { NamespaceId, NamespaceName } from "../namespaces/index.ts";
import type { IdentityId, IdentityTables } from "./tables.ts";

type Db = Kysely<IdentityTables>;
type Row = IdentityTables["identities"];

/** That somebody of another system is the owner of an account. */
export interface Identity {
  readonly id: IdentityId;
  readonly accountId: NamespaceId;
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
  readonly syncedRole: "administrator" | "auditor" | undefined;
  readonly createdAt: Date;
  readonly seenAt: Date;
  readonly suspendedAt: number | undefined;
}

export async function findIdentity(
  db: Db,
  key: { readonly issuer: string; readonly subject: string },
): Promise<Identity | undefined> {
  const row = await db
    .selectFrom("identities")
    .selectAll()
    .where("issuer", "=", key.issuer)
    .where("subject", "=", key.subject)
    .executeTakeFirst();
  return row && toIdentity(row);
}

export async function findIdentityOf(
  db: Db,
  key: { readonly accountId: NamespaceId; readonly id: string },
): Promise<Identity | undefined> {
  const row = await db
    .selectFrom("identities")
    .selectAll()
    .where("account_id", "=", key.accountId)
    .where("id", "=", key.id as IdentityId)
    .executeTakeFirst();
  return row && toIdentity(row);
}

export async function listIdentitiesOf(
  db: Db,
  accountId: NamespaceId,
): Promise<readonly Identity[]> {
  const rows = await db
    .selectFrom("identities")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("id")
    .execute();
  return rows.map(toIdentity);
}

/** Of one issuer, a page at a time, strictly after `last`. */
export async function listIdentitiesBy(
  db: Db,
  page: { readonly issuer: string; readonly last: string; readonly limit: number },
): Promise<readonly Identity[]> {
  const rows = await db
    .selectFrom("identities")
    .selectAll()
    .where("issuer", "=", page.issuer)
    .where("id", ">", page.last as IdentityId)
    .orderBy("id")
    .limit(page.limit)
    .execute();
  return rows.map(toIdentity);
}

/** Accounts with this address; letter case does not matter. */
export async function listAccountsByEmail(
  db: Db,
  email: string,
): Promise<readonly NamespaceName[]> {
  const rows = await db
    .selectFrom("accounts")
    .select("name")
    .where((row) => row.fn<string>("lower", ["email"]), "=", email.toLowerCase())
    // One that was only claimed says nothing of whose the account is, and must keep nobody from theirs.
    .where("email_confirmed_at", "is not", null)
    .limit(2)
    .execute();
  return rows.map(({ name }) => name);
}

export async function findDisabledAt(db: Db, id: NamespaceId): Promise<number | undefined> {
  const row = await db
    .selectFrom("accounts")
    .select("disabled_at")
    .where("id", "=", id)
    .executeTakeFirst();
  return row?.disabled_at ?? undefined;
}

export async function insertIdentity(
  trx: Db,
  row: Omit<Row, "synced_role" | "suspended_at">,
): Promise<void> {
  await trx
    .insertInto("identities")
    .values({ ...row, synced_role: null, suspended_at: null })
    .execute();
}

export async function updateIdentity(
  trx: Db,
  id: IdentityId,
  change: Partial<Pick<Row, "name" | "seen_at" | "synced_role" | "suspended_at">>,
): Promise<void> {
  await trx.updateTable("identities").set(change).where("id", "=", id).execute();
}

export async function removeIdentity(trx: Db, id: IdentityId): Promise<void> {
  await trx.deleteFrom("identities").where("id", "=", id).execute();
}

/** When the account goes. */
export async function removeIdentities(trx: Db, account: NamespaceId): Promise<void> {
  await trx.deleteFrom("identities").where("account_id", "=", account).execute();
}

function toIdentity(row: Row): Identity {
  return {
    id: row.id,
    accountId: row.account_id,
    issuer: row.issuer,
    subject: row.subject,
    name: row.name,
    syncedRole: row.synced_role ?? undefined,
    createdAt: new Date(row.created_at),
    seenAt: new Date(row.seen_at),
    suspendedAt: row.suspended_at ?? undefined,
  };
}
