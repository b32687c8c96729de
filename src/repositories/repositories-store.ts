import type { Kysely } from "kysely";
import {
  findNamespace,
  type Namespace,
  type NamespaceId,
  type NamespaceName,
  type Visibility,
} from "../namespaces/index.ts";
import { OciError } from "../oci/error.ts";
import type { RepositoryName } from "../oci/name.ts";
import { prepareQuery, readNames } from "../platform/db/index.ts";
import { findFormerName, isKeptBack, nameKeyOf, takeOverName } from "./former-names-store.ts";
import type { RepositoryId, RepositoryTables } from "./tables.ts";

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
  /** What was granted by name before that was not meant for it. */
  readonly namedAt: Date | undefined;
}

/** Where something is to be stored. */
export interface PushTarget {
  readonly name: RepositoryName;
  /**
   * What had the name when the push was allowed, 0 for nothing: a repository that got the name since is not meant.
   * Undefined where names are literal and belong to nobody.
   */
  readonly repositoryId: number | undefined;
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

/** Undefined for what was deleted, too. */
export async function findRepositoryById(
  db: Kysely<RepositoryTables>,
  id: RepositoryId,
): Promise<Repository | undefined> {
  const row = await db
    .selectFrom("repositories")
    .selectAll()
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .executeTakeFirst();
  return row && toRepository(row);
}

/**
 * The repository's id; the first push to a name creates it, as visible as its namespace says. Call it inside the push's own
 * transaction. Who may create it was decided before. Throws NAME_UNKNOWN when the name has come to mean something else
 * meanwhile, and DENIED when it is kept back.
 */
export async function ensureRepository(
  trx: Kysely<RepositoryTables>,
  target: PushTarget,
  now: Date,
): Promise<RepositoryId> {
  const { name, repositoryId } = target;
  const known = await findRepository(trx, name);
  const isOther = repositoryId !== undefined && repositoryId !== 0 && known !== repositoryId;
  if (isOther) throw new OciError("NAME_UNKNOWN", { name });
  if (known !== undefined) return known;
  const namespace = await findNamespaceOf(trx, name);
  if (repositoryId === 0) await assertMayAppear(trx, { name, namespace, now });
  return await insertRepository(trx, {
    name,
    namespace,
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

/** A name that meant something until lately is not given away by a push that was under way. */
async function assertMayAppear(
  trx: Kysely<RepositoryTables>,
  place: { name: RepositoryName; namespace: Namespace | undefined; now: Date },
): Promise<void> {
  const { name, namespace, now } = place;
  if (namespace === undefined) throw new OciError("NAME_UNKNOWN", { name });
  const former = await findFormerName(trx, nameKeyOf(name, namespace));
  if (!isKeptBack(former, now)) return;
  throw new OciError("DENIED", null, { message: `${name} was moved or deleted meanwhile` });
}

async function findNamespaceOf(
  db: Kysely<RepositoryTables>,
  name: RepositoryName,
): Promise<Namespace | undefined> {
  const [first = ""] = name.split("/", 1);
  return await findNamespace(db, first as NamespaceName);
}

/** Takes the name over from what had it before: what was granted for that does not hold for this. */
export async function insertRepository(
  trx: Kysely<RepositoryTables>,
  repository: {
    readonly name: RepositoryName;
    readonly namespace: Pick<Namespace, "id"> | undefined;
    readonly visibility: Visibility;
    readonly now: Date;
  },
): Promise<RepositoryId> {
  const { name, namespace, visibility, now } = repository;
  const heldUntil = await takeOverName(trx, nameKeyOf(name, namespace), now);
  const row = await trx
    .insertInto("repositories")
    .values({
      name,
      namespace_id: namespace?.id ?? null,
      visibility,
      created_at: now.getTime(),
      named_at: heldUntil?.getTime() ?? null,
    })
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
    .where("removed_at", "is", null)
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
    .where("removed_at", "is", null)
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
    .where("removed_at", "is", null)
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
    .where("removed_at", "is", null)
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
  named_at: number | null;
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
    namedAt: row.named_at === null ? undefined : new Date(row.named_at),
  };
}
