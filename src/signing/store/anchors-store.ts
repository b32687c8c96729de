import type { Kysely } from "kysely";
import type { NamespaceId, NamespaceTables } from "../../namespaces/index.ts";
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

/** Of everybody, or of one place: 0 is the hub. */
export async function listAnchors(db: Db, place?: NamespaceId | 0): Promise<readonly Anchor[]> {
  const rows = await db
    .selectFrom("trust_anchors")
    .leftJoin("namespaces", "namespaces.id", "trust_anchors.namespace_id" as "namespaces.id")
    .selectAll("trust_anchors")
    .select("namespaces.name as namespace")
    .$if(place !== undefined, (query) => query.where("trust_anchors.namespace_id", "=", place ?? 0))
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

/** What the repository is called, and was called before: signatures that name it move with it. */
export async function listNamesOf(db: Db, repositoryId: number): Promise<readonly string[]> {
  const row = await db
    .selectFrom("repositories")
    .select(["name", "namespace_id as namespaceId"])
    .where("id", "=", repositoryId as never)
    .executeTakeFirst();
  if (row === undefined) return [];
  const former = await db
    .selectFrom("former_names")
    .select(["namespace_id as namespaceId", "path"])
    .where("repository_id", "=", repositoryId as never)
    .limit(100)
    .execute();
  if (row.namespaceId === null) return [row.name, ...former.map(({ path }) => path)];
  const [first = ""] = row.name.split("/", 1);
  const renamed = await db
    .selectFrom("former_namespaces")
    .select("name")
    .where("namespace_id", "=", row.namespaceId)
    .limit(100)
    .execute();
  const paths = [row.name.slice(first.length + 1), ...former.map(({ path }) => path)];
  const namespaces = [first, ...renamed.map(({ name }) => name)];
  return namespaces.flatMap((namespace) => paths.map((path) => `${namespace}/${path}`));
}
