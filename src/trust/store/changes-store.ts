import type { Kysely } from "kysely";
import type { RepositoryId } from "../../repositories/index.ts";
import type { TrustTables } from "../tables.ts";

export interface TrustChange {
  readonly id: number;
  readonly repositoryId: RepositoryId;
  readonly gun: string;
  readonly version: number;
  readonly sha256: string;
  readonly category: "update" | "deletion";
  readonly at: Date;
}

export interface ChangePage {
  /** The change before the page; 0: the first one. Undefined going back: the newest one. */
  readonly after: number | undefined;
  readonly limit: number;
  readonly goesBack: boolean;
}

type Db = Kysely<TrustTables>;

export async function insertChange(trx: Db, change: Omit<TrustChange, "id">): Promise<void> {
  const { repositoryId, gun, version, sha256, category, at } = change;
  await trx
    .insertInto("trust_changes")
    .values({
      ...{ repository_id: repositoryId, gun, version, sha256, category },
      created_at: at.getTime(),
    })
    .execute();
}

/** Oldest first; newest first where the page goes back. */
export async function listChanges(
  db: Db,
  page: ChangePage,
  of?: { readonly repositoryId: RepositoryId; readonly gun?: string },
): Promise<readonly TrustChange[]> {
  const { after, limit, goesBack } = page;
  const rows = await db
    .selectFrom("trust_changes")
    .selectAll()
    .$if(of !== undefined, (query) =>
      query.where("repository_id", "=", of?.repositoryId ?? (0 as RepositoryId)),
    )
    .$if(of?.gun !== undefined, (query) => query.where("gun", "=", of?.gun ?? ""))
    .$if(after !== undefined, (query) => query.where("id", goesBack ? "<" : ">", after ?? 0))
    .orderBy("id", goesBack ? "desc" : "asc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    repositoryId: row.repository_id,
    gun: row.gun,
    version: row.version,
    sha256: row.sha256,
    category: row.category,
    at: new Date(row.created_at),
  }));
}
