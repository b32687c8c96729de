import type { Kysely } from "kysely";
import type { CollectionId, TrustTables } from "../tables.ts";
import { sha256Of } from "../tuf/file-meta.ts";
import type { Role } from "../tuf/roles.ts";

export interface StoredFile {
  readonly role: Role;
  readonly version: number;
  readonly sha256: string;
  readonly bytes: Buffer;
  readonly createdAt: Date;
}

type Db = Kysely<TrustTables>;

/** Of each role the file in force. */
export async function listCurrentFiles(
  db: Db,
  collection: CollectionId,
): Promise<ReadonlyMap<Role, StoredFile>> {
  const rows = await db
    .selectFrom("trust_files as file")
    .selectAll("file")
    .where("file.collection_id", "=", collection)
    .where((is) =>
      is(
        "file.version",
        "=",
        is
          .selectFrom("trust_files as other")
          .select(({ fn }) => fn.max("other.version").as("version"))
          .whereRef("other.collection_id", "=", "file.collection_id")
          .whereRef("other.role", "=", "file.role"),
      ),
    )
    .execute();
  return new Map(rows.map((row) => [row.role, toFile(row)]));
}

/** The one in force without a wish, or the one of a hash or a version. */
export async function findFile(
  db: Db,
  collection: CollectionId,
  wish: { readonly role: Role; readonly sha256?: string; readonly version?: number },
): Promise<StoredFile | undefined> {
  const { role, sha256, version } = wish;
  const row = await db
    .selectFrom("trust_files")
    .selectAll()
    .where("collection_id", "=", collection)
    .where("role", "=", role)
    .$if(sha256 !== undefined, (query) => query.where("sha256", "=", sha256 ?? ""))
    .$if(version !== undefined, (query) => query.where("version", "=", version ?? 0))
    .orderBy("version", "desc")
    .limit(1)
    .executeTakeFirst();
  return row && toFile(row);
}

export async function insertFile(
  trx: Db,
  collection: CollectionId,
  file: {
    readonly role: Role;
    readonly version: number;
    readonly bytes: Buffer;
    readonly now: Date;
  },
): Promise<void> {
  const { role, version, bytes, now } = file;
  await trx
    .insertInto("trust_files")
    .values({
      ...{ collection_id: collection, role, version },
      sha256: sha256Of(bytes),
      content: bytes,
      created_at: now.getTime(),
    })
    .execute();
}

/** Roots stay for good: clients walk through all of them. Of other roles the newest ones do. */
export async function deleteOldFiles(
  trx: Db,
  collection: CollectionId,
  { role, keep }: { readonly role: Role; readonly keep: number },
): Promise<void> {
  if (role === "root") return;
  const oldest = trx
    .selectFrom("trust_files")
    .select("version")
    .where("collection_id", "=", collection)
    .where("role", "=", role)
    .orderBy("version", "desc")
    .offset(keep)
    .limit(1);
  await trx
    .deleteFrom("trust_files")
    .where("collection_id", "=", collection)
    .where("role", "=", role)
    .where("version", "<=", oldest)
    .execute();
}

function toFile(row: {
  readonly role: Role;
  readonly version: number;
  readonly sha256: string;
  readonly content: Uint8Array;
  readonly created_at: number;
}): StoredFile {
  return {
    role: row.role,
    version: row.version,
    sha256: row.sha256,
    bytes: Buffer.from(row.content),
    createdAt: new Date(row.created_at),
  };
}
