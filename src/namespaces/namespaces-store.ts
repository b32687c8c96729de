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

/** The name of another that has this one, or one that cannot be told from it at a glance; undefined when it is free. */
export async function findConflict(
  trx: Kysely<NamespaceTables>,
  name: NamespaceName,
  now: Date,
): Promise<NamespaceName | undefined> {
  const row = await trx
    .selectFrom("namespaces")
    .select("name")
    .where("skeleton", "=", skeletonOf(name))
    .where((is) =>
      is.or([
        is("released_at", "is", null),
        is("released_at", ">", now.getTime() - NAME_COOLDOWN_MS),
      ]),
    )
    .orderBy("id")
    .executeTakeFirst();
  return row?.name;
}

/** Takes a name that {@link findConflict} calls free, in the same transaction. */
export async function claimNamespace(
  trx: Kysely<NamespaceTables>,
  claim: { name: NamespaceName; kind: NamespaceKind; now: Date },
): Promise<NamespaceId> {
  const { name, kind, now } = claim;
  // What had the name before its cooldown keeps its row, under a name that nobody can ask for.
  await trx
    .updateTable("namespaces")
    .set((row) => ({ name: row.fn<NamespaceName>("concat", ["name", row.val("#"), "id"]) }))
    .where("name", "=", name)
    .where("released_at", "is not", null)
    .execute();
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
