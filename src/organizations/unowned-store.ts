import { type Kysely, sql } from "kysely";
import type { NamespaceId } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { OrganizationTables } from "./tables.ts";

type Db = Kysely<OrganizationTables>;

const SLASH = "/";
/** The character after the slash: what begins with `acme/` lies between `acme/` and `acme0`. */
const AFTER_SLASH = "0";

/** Names of one component that nobody owns, and that `library/NAME` would have to make room for. */
export async function listCollisions(db: Db, limit: number): Promise<readonly RepositoryName[]> {
  const rows = await db
    .selectFrom("repositories as short")
    .innerJoin("repositories as long", (join) =>
      join.on("long.name", "=", sql<RepositoryName>`'library/' || short.name`),
    )
    .select("short.name")
    .where("short.namespace_id", "is", null)
    .where("short.removed_at", "is", null)
    .where(sql<boolean>`instr(short.name, '/') = 0`)
    .orderBy("short.name")
    .limit(limit)
    .execute();
  return rows.map(({ name }) => name);
}

/** Gives names of one component the namespace `library`; answers how many. */
export async function moveToLibrary(trx: Db): Promise<number> {
  const result = await trx
    .updateTable("repositories")
    .set({ name: sql<RepositoryName>`'library/' || name` })
    .where("namespace_id", "is", null)
    .where("removed_at", "is", null)
    .where(sql<boolean>`instr(name, '/') = 0`)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** The first part of the first name that nobody owns, after all names that begin with `last`. */
export async function findUnownedPart(
  db: Db,
  last: string | undefined,
): Promise<string | undefined> {
  const row = await db
    .selectFrom("repositories")
    .select("name")
    .where("namespace_id", "is", null)
    .where("removed_at", "is", null)
    .where("name", ">=", (last === undefined ? "" : last + AFTER_SLASH) as RepositoryName)
    .orderBy("name")
    .limit(1)
    .executeTakeFirst();
  return row?.name.split(SLASH, 1)[0];
}

/** Gives everything below the name to its namespace; answers how many repositories that were. */
export async function assignOwner(
  trx: Db,
  namespace: { readonly id: NamespaceId; readonly name: string },
): Promise<number> {
  const { id, name } = namespace;
  const result = await trx
    .updateTable("repositories")
    .set({ namespace_id: id })
    .where("namespace_id", "is", null)
    .where("removed_at", "is", null)
    .where("name", ">", (name + SLASH) as RepositoryName)
    .where("name", "<", (name + AFTER_SLASH) as RepositoryName)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}
