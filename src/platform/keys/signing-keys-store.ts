import type { Kysely } from "kysely";

export interface SigningKeyTables {
  signing_keys: {
    kid: string;
    /** JSON: the private key as a JWK. The database is the trusted store: whoever reads it can be anybody anyway. */
    private_jwk: string;
    created_at: number;
  };
}

export interface StoredKey {
  readonly kid: string;
  readonly privateJwk: string;
  readonly createdAt: Date;
}

/** Newest first. There are few: old ones are removed. */
export async function listKeys(db: Kysely<SigningKeyTables>): Promise<readonly StoredKey[]> {
  const rows = await db
    .selectFrom("signing_keys")
    .selectAll()
    .orderBy("created_at", "desc")
    .orderBy("kid")
    .execute();
  return rows.map((row) => ({
    kid: row.kid,
    privateJwk: row.private_jwk,
    createdAt: new Date(row.created_at),
  }));
}

export async function insertKey(trx: Kysely<SigningKeyTables>, key: StoredKey): Promise<void> {
  const { kid, privateJwk, createdAt } = key;
  await trx
    .insertInto("signing_keys")
    .values({ kid, private_jwk: privateJwk, created_at: createdAt.getTime() })
    .execute();
}

export async function removeKeys(
  trx: Kysely<SigningKeyTables>,
  keys: readonly StoredKey[],
): Promise<void> {
  if (keys.length === 0) return;
  const kids = keys.map(({ kid }) => kid);
  await trx.deleteFrom("signing_keys").where("kid", "in", kids).execute();
}

export async function createSigningKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("signing_keys")
    .addColumn("kid", "text", (column) => column.primaryKey())
    .addColumn("private_jwk", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
}
