import type { Generated, Kysely } from "kysely";
import { prepareQuery } from "../platform/db/index.ts";
import { type NamespaceName, skeletonOf } from "./namespace-name.ts";

export type NamespaceId = number & { readonly __brand: "NamespaceId" };
export type NamespaceKind = "user" | "organization";
export type Visibility = "public" | "private";

/** The rows this capability owns. */
export interface NamespaceTables {
  namespaces: {
    id: Generated<NamespaceId>;
    name: NamespaceName;
    skeleton: string;
    kind: NamespaceKind;
    /** Of repositories that a push creates. */
    default_visibility: Visibility;
    created_at: number;
    /** When its owner gave it up; it holds nothing from then on, but the name stays taken for a while. */
    released_at: number | null;
  };
  /** What had another name before is found by that name, too. */
  former_namespaces: {
    name: NamespaceName;
    skeleton: string;
    namespace_id: NamespaceId;
    renamed_at: number;
  };
}

export interface Namespace {
  readonly id: NamespaceId;
  readonly name: NamespaceName;
  readonly kind: NamespaceKind;
  readonly defaultVisibility: Visibility;
}

/** How long a name that was given up stays taken. */
const NAME_COOLDOWN_MS = 30 * 24 * 3_600_000;

const selectLive = prepareQuery((db: Kysely<NamespaceTables>, key: { name: NamespaceName }) =>
  db
    .selectFrom("namespaces")
    .select(["id", "name", "kind", "default_visibility"])
    .where("name", "=", key.name)
    .where("released_at", "is", null),
);

export async function findNamespace(
  db: Kysely<NamespaceTables>,
  name: NamespaceName,
): Promise<Namespace | undefined> {
  const { rows } = await selectLive(db, { name });
  const row = rows[0];
  return row && toNamespace(row);
}

/** Undefined for one that was given up. */
export async function findNamespaceById(
  db: Kysely<NamespaceTables>,
  id: NamespaceId,
): Promise<Namespace | undefined> {
  const row = await db
    .selectFrom("namespaces")
    .select(["id", "name", "kind", "default_visibility"])
    .where("id", "=", id)
    .where("released_at", "is", null)
    .executeTakeFirst();
  return row && toNamespace(row);
}

export async function getNamespace(
  db: Kysely<NamespaceTables>,
  id: NamespaceId,
): Promise<Namespace> {
  const row = await db
    .selectFrom("namespaces")
    .select(["id", "name", "kind", "default_visibility"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return toNamespace(row);
}

/** What had the name until it was renamed. */
export async function findFormerNamespace(
  db: Kysely<NamespaceTables>,
  name: NamespaceName,
): Promise<Namespace | undefined> {
  const [row] = (await selectFormer(db, { name })).rows;
  return row && toNamespace(row);
}

const selectFormer = prepareQuery((db: Kysely<NamespaceTables>, key: { name: NamespaceName }) =>
  db
    .selectFrom("former_namespaces")
    .innerJoin("namespaces", "namespaces.id", "former_namespaces.namespace_id")
    .select(["namespaces.id", "namespaces.name", "kind", "default_visibility"])
    .where("former_namespaces.name", "=", key.name)
    .where("released_at", "is", null),
);

export async function listFormerNames(
  db: Kysely<NamespaceTables>,
  id: NamespaceId,
): Promise<readonly NamespaceName[]> {
  const rows = await db
    .selectFrom("former_namespaces")
    .select("name")
    .where("namespace_id", "=", id)
    .orderBy("name")
    .execute();
  return rows.map(({ name }) => name);
}

/** Since when it has its name: what is told of the name from before that is about somebody else. */
export async function findNamedSince(db: Kysely<NamespaceTables>, id: NamespaceId): Promise<Date> {
  const row = await db
    .selectFrom("namespaces")
    .select(["created_at"])
    .select((namespace) =>
      namespace
        .selectFrom("former_namespaces")
        .select(({ fn }) => fn.max("renamed_at").as("at"))
        .whereRef("former_namespaces.namespace_id", "=", "namespaces.id")
        .as("renamed_at"),
    )
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return new Date(row.renamed_at ?? row.created_at);
}

/**
 * The name of another that has this one, or one that cannot be told from it at a glance, now or before it was renamed;
 * undefined when it is free. What `except` has and had is free for itself.
 */
export async function findConflict(
  trx: Kysely<NamespaceTables>,
  name: NamespaceName,
  { now, except }: { readonly now: Date; readonly except?: NamespaceId },
): Promise<NamespaceName | undefined> {
  const skeleton = skeletonOf(name);
  const since = now.getTime() - NAME_COOLDOWN_MS;
  const row = await trx
    .selectFrom("namespaces")
    .select("name")
    .where("skeleton", "=", skeleton)
    .where("id", "!=", except ?? (0 as NamespaceId))
    .where((is) => is.or([is("released_at", "is", null), is("released_at", ">", since)]))
    .orderBy("id")
    .executeTakeFirst();
  if (row !== undefined) return row.name;
  const former = await trx
    .selectFrom("former_namespaces")
    .innerJoin("namespaces", "namespaces.id", "former_namespaces.namespace_id")
    .select("former_namespaces.name")
    .where("former_namespaces.skeleton", "=", skeleton)
    .where("namespaces.id", "!=", except ?? (0 as NamespaceId))
    .where((is) => is.or([is("released_at", "is", null), is("released_at", ">", since)]))
    .executeTakeFirst();
  return former?.name;
}

/** Takes a name that {@link findConflict} calls free, in the same transaction. */
export async function claimNamespace(
  trx: Kysely<NamespaceTables>,
  claim: { name: NamespaceName; kind: NamespaceKind; now: Date },
): Promise<NamespaceId> {
  const { name, kind, now } = claim;
  await clear(trx, name);
  const row = await trx
    .insertInto("namespaces")
    .values({
      name,
      skeleton: skeletonOf(name),
      kind,
      default_visibility: "private",
      created_at: now.getTime(),
      released_at: null,
    })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

/** What had the name before its cooldown keeps its row, under a name that nobody can ask for. */
async function clear(trx: Kysely<NamespaceTables>, name: NamespaceName): Promise<void> {
  await trx
    .updateTable("namespaces")
    .set((row) => ({ name: row.fn<NamespaceName>("concat", ["name", row.val("#"), "id"]) }))
    .where("name", "=", name)
    .where("released_at", "is not", null)
    .execute();
  await trx.deleteFrom("former_namespaces").where("name", "=", name).execute();
}

/** Gives it a name that {@link findConflict} calls free for it, in the same transaction; the present one leads to it. */
export async function renameNamespace(
  trx: Kysely<NamespaceTables>,
  namespace: Pick<Namespace, "id" | "name">,
  { to, now }: { readonly to: NamespaceName; readonly now: Date },
): Promise<void> {
  const { id, name } = namespace;
  await clear(trx, to);
  await trx
    .updateTable("namespaces")
    .set({ name: to, skeleton: skeletonOf(to) })
    .where("id", "=", id)
    .execute();
  const skeleton = skeletonOf(name);
  await trx
    .insertInto("former_namespaces")
    .values({ name, skeleton, namespace_id: id, renamed_at: now.getTime() })
    .execute();
}

export async function releaseNamespace(
  trx: Kysely<NamespaceTables>,
  id: NamespaceId,
  now: Date,
): Promise<void> {
  await trx
    .updateTable("namespaces")
    .set({ released_at: now.getTime() })
    .where("id", "=", id)
    .execute();
}

export async function setDefaultVisibility(
  trx: Kysely<NamespaceTables>,
  id: NamespaceId,
  visibility: Visibility,
): Promise<void> {
  await trx
    .updateTable("namespaces")
    .set({ default_visibility: visibility })
    .where("id", "=", id)
    .execute();
}

function toNamespace(row: {
  id: NamespaceId;
  name: NamespaceName;
  kind: NamespaceKind;
  default_visibility: Visibility;
}): Namespace {
  const { id, name, kind, default_visibility: defaultVisibility } = row;
  return { id, name, kind, defaultVisibility };
}
