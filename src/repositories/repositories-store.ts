import type { Generated, Kysely } from "kysely";
import {
  findNamespace,
  type NamespaceId,
  type NamespaceName,
  type NamespaceTables,
  type Visibility,
} from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import { prepareQuery, readNames } from "../platform/db/index.ts";

export type RepositoryId = number & { readonly __brand: "RepositoryId" };

/** The rows this capability owns, and the namespaces that hold them. */
export interface RepositoryTables extends NamespaceTables {
  repositories: {
    id: Generated<RepositoryId>;
    name: RepositoryName;
    created_at: number;
    /** Null where nobody owns names: in modes without accounts. */
    namespace_id: NamespaceId | null;
    visibility: Generated<Visibility>;
    description: Generated<string>;
    full_description: Generated<string>;
    /** Null before the first push. */
    last_pushed_at: Generated<number | null>;
  };
}

export interface Repository {
  readonly id: RepositoryId;
  readonly name: RepositoryName;
  readonly namespaceId: NamespaceId | undefined;
  readonly isPublic: boolean;
  readonly description: string;
  readonly fullDescription: string;
  readonly createdAt: Date;
  /** Undefined while nothing was pushed to it. */
  readonly lastPushedAt: Date | undefined;
}

const selectByName = prepareQuery((db: Kysely<RepositoryTables>, key: { name: RepositoryName }) =>
  db.selectFrom("repositories").select("id").where("name", "=", key.name),
);

export async function findRepository(
  db: Kysely<RepositoryTables>,
  name: RepositoryName,
): Promise<RepositoryId | undefined> {
  const { rows } = await selectByName(db, { name });
  return rows[0]?.id;
}

const selectWhole = prepareQuery((db: Kysely<RepositoryTables>, key: { name: RepositoryName }) =>
  db.selectFrom("repositories").selectAll().where("name", "=", key.name),
);

export async function findWholeRepository(
  db: Kysely<RepositoryTables>,
  name: RepositoryName,
): Promise<Repository | undefined> {
  const { rows } = await selectWhole(db, { name });
  return rows[0] && toRepository(rows[0]);
}

/**
 * The repository's id; the first push to a name creates it, as visible as its namespace says. Call it inside the push's own
 * transaction. Who may create it was decided before.
 */
export async function ensureRepository(
  trx: Kysely<RepositoryTables>,
  name: RepositoryName,
  now: Date,
): Promise<RepositoryId> {
  const known = await findRepository(trx, name);
  if (known !== undefined) return known;
  const [first = ""] = name.split("/", 1);
  const namespace = await findNamespace(trx, first as NamespaceName);
  return await insertRepository(trx, {
    name,
    namespaceId: namespace?.id,
    visibility: namespace?.defaultVisibility ?? "private",
    now,
  });
}

const updateLastPush = prepareQuery(
  (trx: Kysely<RepositoryTables>, push: { id: RepositoryId; at: number }) =>
    trx
      .updateTable("repositories")
      .set((is) => ({ last_pushed_at: is.val(push.at) }))
      .where("id", "=", push.id)
      .where((is) => is.or([is("last_pushed_at", "is", null), is("last_pushed_at", "<", push.at)])),
);

/** Call it inside the push's own transaction. A later push stays the latest. */
export async function notePush(
  trx: Kysely<RepositoryTables>,
  id: RepositoryId,
  now: Date,
): Promise<void> {
  await updateLastPush(trx, { id, at: now.getTime() });
}

export async function insertRepository(
  trx: Kysely<RepositoryTables>,
  repository: {
    readonly name: RepositoryName;
    readonly namespaceId: NamespaceId | undefined;
    readonly visibility: Visibility;
    readonly now: Date;
  },
): Promise<RepositoryId> {
  const { name, namespaceId, visibility, now } = repository;
  const row = await trx
    .insertInto("repositories")
    .values({ name, namespace_id: namespaceId ?? null, visibility, created_at: now.getTime() })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function updateRepository(
  trx: Kysely<RepositoryTables>,
  id: RepositoryId,
  change: {
    readonly visibility?: Visibility;
    readonly description?: string;
    readonly full_description?: string;
  },
): Promise<void> {
  await trx.updateTable("repositories").set(change).where("id", "=", id).execute();
}

/** One page of names in byte order, strictly after `last`. */
export async function listRepositoryNames(
  db: Kysely<RepositoryTables>,
  page: NamePage,
): Promise<readonly RepositoryName[]> {
  const { last, limit } = page;
  const names = db
    .selectFrom("repositories")
    .select("name")
    .$if(last !== undefined, (query) => query.where("name", ">", last as RepositoryName))
    .orderBy("name")
    .limit(limit);
  return (await readNames(db, names)) as RepositoryName[];
}

interface NamePage {
  readonly last: string | undefined;
  readonly limit: number;
}

/** Of public repositories only. */
export async function listPublicNames(
  db: Kysely<RepositoryTables>,
  page: NamePage,
): Promise<readonly RepositoryName[]> {
  const names = db
    .selectFrom("repositories")
    .select("name")
    .where("visibility", "=", "public")
    .where("name", ">", (page.last ?? "") as RepositoryName)
    .orderBy("name")
    .limit(page.limit);
  return (await readNames(db, names)) as RepositoryName[];
}

/** Of one namespace. */
export async function listNamesIn(
  db: Kysely<RepositoryTables>,
  namespace: NamespaceId,
  page: NamePage,
): Promise<readonly RepositoryName[]> {
  const names = db
    .selectFrom("repositories")
    .select("name")
    .where("namespace_id", "=", namespace)
    .where("name", ">", (page.last ?? "") as RepositoryName)
    .orderBy("name")
    .limit(page.limit);
  return (await readNames(db, names)) as RepositoryName[];
}

export async function findRepositoryName(
  db: Kysely<RepositoryTables>,
  id: RepositoryId,
): Promise<RepositoryName | undefined> {
  const row = await db
    .selectFrom("repositories")
    .select("name")
    .where("id", "=", id)
    .executeTakeFirst();
  return row?.name;
}

function toRepository(row: {
  id: RepositoryId;
  name: RepositoryName;
  created_at: number;
  namespace_id: NamespaceId | null;
  visibility: Visibility;
  description: string;
  full_description: string;
  last_pushed_at: number | null;
}): Repository {
  return {
    id: row.id,
    name: row.name,
    namespaceId: row.namespace_id ?? undefined,
    isPublic: row.visibility === "public",
    description: row.description,
    fullDescription: row.full_description,
    createdAt: new Date(row.created_at),
    lastPushedAt: row.last_pushed_at === null ? undefined : new Date(row.last_pushed_at),
  };
}
