import type { Kysely } from "kysely";
import type { QuotaScopeKind } from "../../contract/quotas.ts";
import { findNamespace, type Namespace, type NamespaceName } from "../../namespaces/index.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { prepareQuery } from "../../platform/db/index.ts";
import type { LifecycleTables } from "../tables.ts";

type Db = Kysely<LifecycleTables>;

/** Whose bytes are counted: every scope that something belongs to has its own quota. */
export interface Scope {
  readonly kind: QuotaScopeKind;
  /** 0 for the hub. */
  readonly id: number;
  readonly name: string;
  /** Which of the configured defaults it has. */
  readonly defaults: "hub" | "user" | "organization" | "repository";
  /** Of a repository in a hub without accounts. */
  readonly isUnowned?: boolean;
}

export const HUB: Scope = { kind: "hub", id: 0, name: "hub", defaults: "hub" };

export function scopeOfNamespace({ id, name, kind }: Namespace): Scope {
  return { kind: "namespace", id, name, defaults: kind };
}

export function scopeOfRepository({ id, name }: { id: number; name: string }): Scope {
  return { kind: "repository", id, name, defaults: "repository" };
}

const selectOwners = prepareQuery((db: Db, key: { name: RepositoryName }) =>
  db
    .selectFrom("repositories")
    .leftJoin("namespaces", "namespaces.id", "repositories.namespace_id")
    .select([
      "repositories.id",
      "namespaces.id as namespaceId",
      "namespaces.name as namespace",
      "namespaces.kind",
    ])
    .where("repositories.name", "=", key.name),
);

/** From the widest to the narrowest; a repository that is not there yet is no scope yet. */
export async function findScopes(db: Db, name: RepositoryName): Promise<readonly Scope[]> {
  const [row] = (await selectOwners(db, { name })).rows;
  if (row === undefined) {
    const [first = ""] = name.split("/", 1);
    const namespace = await findNamespace(db, first as NamespaceName);
    return namespace === undefined ? [HUB] : [HUB, scopeOfNamespace(namespace)];
  }
  const { namespaceId, namespace, kind } = row;
  const own = scopeOfRepository({ id: row.id, name });
  if (namespaceId === null || namespace === null || kind === null)
    return [HUB, { ...own, isUnowned: true }];
  return [HUB, { kind: "namespace", id: namespaceId, name: namespace, defaults: kind }, own];
}

export function keyOf({ kind, id }: Pick<Scope, "kind" | "id">): string {
  return `${kind} ${id}`;
}
