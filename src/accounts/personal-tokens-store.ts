import type { Kysely, Selectable } from "kysely";
import type { NamespaceId } from "../namespaces/index.ts";
import { prepareQuery } from "../platform/db/index.ts";
import type { AccountTables, PersonalScope, PersonalTokenId } from "./accounts-store.ts";

type Row = Selectable<AccountTables["personal_tokens"]>;

export interface TokenUse {
  readonly at: Date;
  readonly address: string;
  readonly client: string;
}

export interface PersonalToken {
  readonly id: PersonalTokenId;
  readonly accountId: NamespaceId;
  readonly label: string;
  readonly scopes: readonly PersonalScope[];
  /** Names and patterns; empty for all that the account has. */
  readonly repositories: readonly string[];
  readonly createdAt: Date;
  readonly creator: { readonly address: string; readonly client: string };
  readonly expiresAt: Date | undefined;
  readonly isActive: boolean;
  readonly lastUse: TokenUse | undefined;
}

const selectByHash = prepareQuery((db: Kysely<AccountTables>, key: { hash: string }) =>
  db.selectFrom("personal_tokens").selectAll().where("secret_hash", "=", key.hash),
);

export async function findTokenByHash(
  db: Kysely<AccountTables>,
  hash: string,
): Promise<PersonalToken | undefined> {
  const { rows } = await selectByHash(db, { hash });
  return rows[0] && toToken(rows[0]);
}

/** Only among the account's own: whose id it is matters as much as which. */
export async function findToken(
  db: Kysely<AccountTables>,
  key: { accountId: NamespaceId; id: string },
): Promise<PersonalToken | undefined> {
  const row = await db
    .selectFrom("personal_tokens")
    .selectAll()
    .where("id", "=", key.id as PersonalTokenId)
    .where("account_id", "=", key.accountId)
    .executeTakeFirst();
  return row && toToken(row);
}

/** Newest first. An account has a bounded number of tokens, so this is no page. */
export async function listTokens(
  db: Kysely<AccountTables>,
  accountId: NamespaceId,
): Promise<readonly PersonalToken[]> {
  const rows = await db
    .selectFrom("personal_tokens")
    .selectAll()
    .where("account_id", "=", accountId)
    .orderBy("created_at", "desc")
    .orderBy("id")
    .execute();
  return rows.map(toToken);
}

export async function insertToken(
  trx: Kysely<AccountTables>,
  token: Omit<PersonalToken, "isActive" | "lastUse"> & {
    readonly secretHash: string;
    readonly openedBy?: string | undefined;
  },
): Promise<void> {
  await trx
    .insertInto("personal_tokens")
    .values({
      id: token.id,
      account_id: token.accountId,
      label: token.label,
      secret_hash: token.secretHash,
      scopes: JSON.stringify(token.scopes),
      repositories: JSON.stringify(token.repositories),
      created_at: token.createdAt.getTime(),
      creator_address: token.creator.address,
      creator_client: token.creator.client,
      expires_at: token.expiresAt?.getTime() ?? null,
      disabled_at: null,
      last_used_at: null,
      last_used_address: null,
      last_used_client: null,
      identity_id: token.openedBy ?? null,
    })
    .execute();
}

export async function updateToken(
  trx: Kysely<AccountTables>,
  id: PersonalTokenId,
  change: Partial<Pick<Row, "label" | "disabled_at">>,
): Promise<void> {
  await trx.updateTable("personal_tokens").set(change).where("id", "=", id).execute();
}

export async function noteUse(
  trx: Kysely<AccountTables>,
  id: PersonalTokenId,
  use: TokenUse,
): Promise<void> {
  await trx
    .updateTable("personal_tokens")
    .set({
      last_used_at: use.at.getTime(),
      last_used_address: use.address,
      last_used_client: use.client,
    })
    .where("id", "=", id)
    .execute();
}

export async function removeToken(trx: Kysely<AccountTables>, id: PersonalTokenId): Promise<void> {
  await trx.deleteFrom("personal_tokens").where("id", "=", id).execute();
}

function toToken(row: Row): PersonalToken {
  return {
    id: row.id,
    accountId: row.account_id,
    label: row.label,
    scopes: JSON.parse(row.scopes) as PersonalScope[],
    repositories: JSON.parse(row.repositories) as string[],
    createdAt: new Date(row.created_at),
    creator: { address: row.creator_address, client: row.creator_client },
    expiresAt: row.expires_at === null ? undefined : new Date(row.expires_at),
    isActive: row.disabled_at === null,
    lastUse:
      row.last_used_at === null
        ? undefined
        : {
            at: new Date(row.last_used_at),
            address: row.last_used_address ?? "",
            client: row.last_used_client ?? "",
          },
  };
}
