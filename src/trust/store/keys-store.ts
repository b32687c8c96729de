import type { Kysely } from "kysely";
import type { CollectionId, TrustTables } from "../tables.ts";
import type { ServerRole } from "../tuf/roles.ts";

export interface StoredKey {
  readonly role: ServerRole;
  readonly keyId: string;
  readonly sealedKey: string;
}

type Db = Kysely<TrustTables>;

/** Newest first. */
export async function listStoredKeys(
  db: Db,
  collection: CollectionId,
): Promise<readonly StoredKey[]> {
  const rows = await db
    .selectFrom("trust_keys")
    .selectAll()
    .where("collection_id", "=", collection)
    .orderBy("id", "desc")
    .execute();
  return rows.map((row) => ({ role: row.role, keyId: row.key_id, sealedKey: row.sealed_key }));
}

export async function insertStoredKey(
  trx: Db,
  collection: CollectionId,
  key: StoredKey & { readonly now: Date },
): Promise<void> {
  await trx
    .insertInto("trust_keys")
    .values({
      collection_id: collection,
      role: key.role,
      key_id: key.keyId,
      sealed_key: key.sealedKey,
      created_at: key.now.getTime(),
    })
    .execute();
}

export async function deleteStoredKeys(
  trx: Db,
  collection: CollectionId,
  keyIds: readonly string[],
): Promise<void> {
  if (keyIds.length === 0) return;
  await trx
    .deleteFrom("trust_keys")
    .where("collection_id", "=", collection)
    .where("key_id", "in", keyIds)
    .execute();
}
