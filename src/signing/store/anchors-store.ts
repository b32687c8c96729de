import type { Kysely } from "kysely";
import type { NamespaceId, NamespaceTables } from "../../namespaces/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { AnchorKind, SigningTables } from "../tables.ts";

type Db = Kysely<SigningTables & NamespaceTables>;

/** A key or store of certificates, by the name that policies call it. */
export interface Anchor {
  readonly id: number;
  /** `release` of the hub, `acme/release` of acme. */
  readonly name: string;
  readonly kind: AnchorKind;
  readonly pem: string;
  readonly createdAt: Date;
  readonly createdBy: string;
}

/** Of these places: 0 is the hub. */
export async function listAnchors(
  db: Db,
  places: readonly (NamespaceId | 0)[],
): Promise<readonly Anchor[]> {
  const rows = await db
    .selectFrom("trust_anchors")
    .leftJoin("namespaces", "namespaces.id", "trust_anchors.namespace_id" as "namespaces.id")
    .selectAll("trust_anchors")
    .select("namespaces.name as namespace")
    .where("trust_anchors.namespace_id", "in", places)
    .orderBy("trust_anchors.id")
    .execute();
  // A namespace that is gone leaves nobody who could be meant.
  const there = rows.filter((row) => row.namespace_id === 0 || row.namespace !== null);
  return there.map((row) => ({
    ...{ id: row.id, kind: row.kind, pem: row.pem, createdBy: row.created_by },
    name: row.namespace === null ? row.name : `${row.namespace}/${row.name}`,
    createdAt: new Date(row.created_at),
  }));
}

export async function findAnchor(
  db: Db,
  place: NamespaceId | 0,
  name: string,
): Promise<{ readonly id: number; readonly kind: AnchorKind; readonly pem: string } | undefined> {
  return await db
    .selectFrom("trust_anchors")
    .select(["id", "kind", "pem"])
    .where("namespace_id", "=", place)
    .where("name", "=", name)
    .executeTakeFirst();
}

export async function addAnchor(
  trx: Db,
  place: NamespaceId | 0,
  anchor: Pick<Anchor, "name" | "kind" | "pem" | "createdBy" | "createdAt">,
): Promise<void> {
  const { name, kind, pem, createdBy, createdAt } = anchor;
  await trx
    .insertInto("trust_anchors")
    .values({
      ...{ namespace_id: place, name, kind, pem },
      ...{ created_by: createdBy, created_at: createdAt.getTime() },
    })
    .execute();
}

export async function removeAnchor(trx: Db, id: number): Promise<void> {
  await trx.deleteFrom("trust_anchors").where("id", "=", id).execute();
}

/** The namespace that a repository is in; 0 where nobody owns names. */
export async function findPlaceOf(db: Db, repository: RepositoryId): Promise<NamespaceId | 0> {
  const row = await db
    .selectFrom("repositories")
    .select("namespace_id as namespaceId")
    .where("id", "=", repository)
    .executeTakeFirst();
  return row?.namespaceId ?? 0;
}

const MOST_NAMES = 100;

/**
 * What the repository is called, and was called before: signatures that name it move with it. Each path stands below the
 * namespace in which it had it, by all names that that one had.
 */
export async function listNamesOf(db: Db, repository: RepositoryId): Promise<readonly string[]> {
  const row = await db
    .selectFrom("repositories")
    .select(["name", "namespace_id as namespaceId"])
    .where("id", "=", repository)
    .executeTakeFirst();
  if (row === undefined) return [];
  const former = await db
    .selectFrom("former_names")
    .select(["namespace_id as namespaceId", "path"])
    .where("repository_id", "=", repository)
    .limit(MOST_NAMES)
    .execute();
  const path = row.name.slice(row.name.indexOf("/") + 1);
  const own =
    row.namespaceId === null
      ? ({ namespaceId: 0, path: row.name } as const)
      : { namespaceId: row.namespaceId, path };
  const names: string[] = [];
  for (const [namespace, paths] of Map.groupBy([own, ...former], (one) => one.namespaceId)) {
    const prefixes = namespace === 0 ? [""] : await listPrefixes(db, namespace);
    names.push(...prefixes.flatMap((prefix) => paths.map((one) => `${prefix}${one.path}`)));
  }
  return names;
}

/** `acme/`, and what it was before. */
async function listPrefixes(db: Db, namespace: NamespaceId): Promise<readonly string[]> {
  const own = db.selectFrom("namespaces").select("name").where("id", "=", namespace);
  const former = await db
    .selectFrom("former_namespaces")
    .select("name")
    .where("namespace_id", "=", namespace)
    .limit(MOST_NAMES)
    .execute();
  return [...(await own.execute()), ...former].map(({ name }) => `${name}/`);
}
