import type { ColumnType, Generated, Kysely, Selectable } from "kysely";
import type { NamespaceId, NamespaceName, NamespaceTables } from "../namespaces/index.ts";
import { prepareQuery } from "../platform/db/index.ts";
import type { SignUpTables } from "./sign-up-tables.ts";

export type HubRole = "administrator" | "auditor";
export type PersonalTokenId = string & { readonly __brand: "PersonalTokenId" };
export type SessionId = string & { readonly __brand: "SessionId" };
export type PersonalScope = "repo:admin" | "repo:write" | "repo:read" | "repo:public_read";

/** The rows this capability owns, and the names that it takes through their owner. */
export interface AccountTables extends NamespaceTables, SignUpTables {
  accounts: {
    /** The same as of the user's namespace. */
    id: NamespaceId;
    name: NamespaceName;
    email: string | null;
    /** A PHC string; null for those who log in elsewhere. */
    password: string | null;
    role: HubRole | null;
    created_at: number;
    disabled_at: number | null;
    /** Since when the address is known to be its owner's: a link that went there was opened, or an administrator vouches. */
    email_confirmed_at: number | null;
    /** Since when the login needs a code beside the password. */
    two_factor_at: number | null;
    /** How often it was turned on: what was proved before that is worth nothing. */
    login_generation: Generated<number>;
    /** Whether they want mails about the official images that they maintain. */
    official_mails: Generated<number>;
  };
  two_factor: {
    account_id: NamespaceId;
    /** Sealed: the key is not in the database. */
    sealed_secret: string;
    last_step: number;
    created_at: number;
  };
  recovery_codes: {
    account_id: NamespaceId;
    /** SHA-256, in hex; a row for each that was not used. */
    code_hash: string;
  };
  personal_tokens: {
    id: PersonalTokenId;
    account_id: NamespaceId;
    label: string;
    /** SHA-256 of the whole token, in hex; the token itself is nowhere. */
    secret_hash: string;
    /** JSON: a list of scopes. */
    scopes: string;
    /** JSON: a list of names and patterns of repositories; empty for all. */
    repositories: string;
    created_at: number;
    creator_address: string;
    creator_client: string;
    expires_at: number | null;
    disabled_at: number | null;
    last_used_at: number | null;
    last_used_address: string | null;
    last_used_client: string | null;
    /** By which its owner logged in to get it; null for what they made by themselves. */
    identity_id: ColumnType<string | null, string | null | undefined, string | null>;
  };
  browser_sessions: {
    id: SessionId;
    /** SHA-256 of the cookie's value, in hex; the value itself is nowhere. */
    secret_hash: string;
    account_id: NamespaceId;
    proved_by: string;
    proved_at: number;
    created_at: number;
    expires_at: number;
    last_used_at: number;
    last_used_address: string;
    last_used_client: string;
    /** Of a directory or provider that opened it; null for passwords of this hub. */
    identity_id: ColumnType<string | null, string | null | undefined, string | null>;
  };
  profiles: {
    account_id: NamespaceId;
    given_name: string;
    family_name: string;
    company: string;
    location: string;
    changed_at: number;
  };
}

export interface Account {
  readonly id: NamespaceId;
  readonly name: NamespaceName;
  readonly email: string | undefined;
  readonly isEmailConfirmed: boolean;
  readonly role: HubRole | undefined;
  readonly createdAt: Date;
  readonly isDisabled: boolean;
  /** Mails about the official images that they maintain. */
  readonly wantsOfficialMails: boolean;
  /** Since when the login needs a code beside the password. */
  readonly twoFactorSince?: Date | undefined;
}

/** With what only a login looks at. */
export interface AccountWithPassword extends Account {
  readonly password: string | undefined;
  readonly loginGeneration: number;
}

/** `$2b$10$...`: counted from 1, as SQL does. */
const BCRYPT_COST_AT = 5;
/** Administrators may give several accounts one address. */
const EMAIL_SHARED_BY = 10;

type AccountRow = Selectable<AccountTables["accounts"]>;

const selectByName = prepareQuery((db: Kysely<AccountTables>, key: { name: string }) =>
  db
    .selectFrom("accounts")
    .selectAll()
    .where("name", "=", key.name as NamespaceName),
);

const selectById = prepareQuery((db: Kysely<AccountTables>, key: { id: NamespaceId }) =>
  db.selectFrom("accounts").selectAll().where("id", "=", key.id),
);

/** `name` may be any text: what is no name finds nothing. */
export async function findAccountByName(
  db: Kysely<AccountTables>,
  name: string,
): Promise<AccountWithPassword | undefined> {
  const { rows } = await selectByName(db, { name });
  return rows[0] && toAccount(rows[0]);
}

export async function findAccount(
  db: Kysely<AccountTables>,
  id: NamespaceId,
): Promise<AccountWithPassword | undefined> {
  const { rows } = await selectById(db, { id });
  return rows[0] && toAccount(rows[0]);
}

/** Whose confirmed address it is, whatever its letter case. */
export async function listAccountsByEmail(
  db: Kysely<AccountTables>,
  email: string,
): Promise<readonly AccountWithPassword[]> {
  const rows = await db
    .selectFrom("accounts")
    .selectAll()
    .where((is) => is(is.fn<string>("lower", ["email"]), "=", email.toLowerCase()))
    .where("email_confirmed_at", "is not", null)
    .orderBy("id")
    .limit(EMAIL_SHARED_BY)
    .execute();
  return rows.map(toAccount);
}

export async function hasAdministrator(db: Kysely<AccountTables>): Promise<boolean> {
  const row = await db
    .selectFrom("accounts")
    .select("id")
    .where("role", "=", "administrator")
    .executeTakeFirst();
  return row !== undefined;
}

/** How many administrators can log in. */
export async function countAdministrators(db: Kysely<AccountTables>): Promise<number> {
  const rows = await db
    .selectFrom("accounts")
    .select("id")
    .where("role", "=", "administrator")
    .where("disabled_at", "is", null)
    .execute();
  return rows.length;
}

export async function insertAccount(
  trx: Kysely<AccountTables>,
  row: Omit<AccountRow, "disabled_at" | "two_factor_at" | "login_generation" | "official_mails">,
): Promise<void> {
  await trx
    .insertInto("accounts")
    .values({ ...row, disabled_at: null, two_factor_at: null })
    .execute();
}

export async function updateAccount(
  trx: Kysely<AccountTables>,
  id: NamespaceId,
  change: Partial<Omit<AccountRow, "id" | "created_at" | "two_factor_at" | "login_generation">>,
): Promise<void> {
  await trx.updateTable("accounts").set(change).where("id", "=", id).execute();
}

/** The account, its tokens and sessions are gone; the name and its repositories are the caller's business. */
export async function removeAccount(trx: Kysely<AccountTables>, id: NamespaceId): Promise<void> {
  await trx.deleteFrom("personal_tokens").where("account_id", "=", id).execute();
  await trx.deleteFrom("browser_sessions").where("account_id", "=", id).execute();
  await trx.deleteFrom("profiles").where("account_id", "=", id).execute();
  await trx.deleteFrom("recovery_codes").where("account_id", "=", id).execute();
  await trx.deleteFrom("two_factor").where("account_id", "=", id).execute();
  await trx.deleteFrom("accounts").where("id", "=", id).execute();
}

/** The costs of the bcrypt hashes that are left of htpasswd files, each once, as two digits. */
export async function listBcryptCosts(db: Kysely<AccountTables>): Promise<readonly string[]> {
  const rows = await db
    .selectFrom("accounts")
    .select(({ fn, val, ref }) =>
      fn<string>("substr", [ref("password"), val(BCRYPT_COST_AT), val(2)]).as("cost"),
    )
    .distinct()
    .where("password", "like", "$2%")
    .execute();
  return rows.map(({ cost }) => cost);
}

/** One page in the order of names, strictly after `last`. */
export async function listAccounts(
  db: Kysely<AccountTables>,
  page: { last: string | undefined; limit: number },
): Promise<readonly Account[]> {
  const rows = await db
    .selectFrom("accounts")
    .selectAll()
    .where("name", ">", (page.last ?? "") as NamespaceName)
    .orderBy("name")
    .limit(page.limit)
    .execute();
  return rows.map(toAccount);
}

function toAccount(row: AccountRow): AccountWithPassword {
  return {
    id: row.id,
    name: row.name,
    email: row.email ?? undefined,
    isEmailConfirmed: row.email_confirmed_at !== null,
    role: row.role ?? undefined,
    createdAt: new Date(row.created_at),
    isDisabled: row.disabled_at !== null,
    wantsOfficialMails: row.official_mails !== 0,
    twoFactorSince: row.two_factor_at === null ? undefined : new Date(row.two_factor_at),
    password: row.password ?? undefined,
    loginGeneration: row.login_generation,
  };
}
