import type { Kysely } from "kysely";
import type { Namespace, NamespaceId } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import { prepareQuery } from "../platform/db/index.ts";
import type { RepositoryId, RepositoryTables } from "./tables.ts";

/** A name by what does not change when its namespace is renamed. */
export interface NameKey {
  /** 0 where nobody owns names. */
  readonly namespaceId: NamespaceId | 0;
  readonly path: string;
}

/** What had a name until it was moved or deleted. */
export interface FormerName {
  /** Where the name leads; undefined once that was deleted. */
  readonly repositoryId: RepositoryId | undefined;
  readonly retiredAt: Date;
}

/** How long a push does not make a repository of a name whose repository was deleted. */
const NAME_COOLDOWN_MS = 30 * 24 * 3_600_000;

export function nameKeyOf(name: RepositoryName, namespace: Pick<Namespace, "id"> | undefined) {
  if (namespace === undefined) return { namespaceId: 0, path: name } as const;
  return { namespaceId: namespace.id, path: name.slice(name.indexOf("/") + 1) } as const;
}

const selectFormer = prepareQuery((db: Kysely<RepositoryTables>, key: NameKey) =>
  db
    .selectFrom("former_names")
    .select(["repository_id", "retired_at"])
    .where("namespace_id", "=", key.namespaceId)
    .where("path", "=", key.path),
);

export async function findFormerName(
  db: Kysely<RepositoryTables>,
  key: NameKey,
): Promise<FormerName | undefined> {
  const [row] = (await selectFormer(db, key)).rows;
  if (row === undefined) return undefined;
  return { repositoryId: row.repository_id ?? undefined, retiredAt: new Date(row.retired_at) };
}

/** Whether only a person may give the name away, on purpose: a push to it makes nothing. */
export function isKeptBack(former: FormerName | undefined, now: Date): boolean {
  if (former === undefined) return false;
  const isOver = now.getTime() - former.retiredAt.getTime() >= NAME_COOLDOWN_MS;
  return former.repositoryId !== undefined || !isOver;
}

/** The name leads to the repository from now on; to none, if that is being deleted. */
export async function retireName(
  trx: Kysely<RepositoryTables>,
  key: NameKey,
  { repository, now }: { readonly repository: RepositoryId | undefined; readonly now: Date },
): Promise<void> {
  const state = { repository_id: repository ?? null, retired_at: now.getTime() };
  await trx
    .insertInto("former_names")
    .values({ namespace_id: key.namespaceId, path: key.path, ...state })
    .onConflict((conflict) => conflict.columns(["namespace_id", "path"]).doUpdateSet(state))
    .execute();
}

/**
 * Gives the name free for a repository that takes it over; answers until when it stood for another, if it ever did. A name
 * that led somewhere did so until now.
 */
export async function takeOverName(
  trx: Kysely<RepositoryTables>,
  key: NameKey,
  now: Date,
): Promise<Date | undefined> {
  const former = await findFormerName(trx, key);
  if (former === undefined) return undefined;
  await trx
    .deleteFrom("former_names")
    .where("namespace_id", "=", key.namespaceId)
    .where("path", "=", key.path)
    .execute();
  return former.repositoryId === undefined ? former.retiredAt : now;
}

/** The repository is being deleted: its former names lead nowhere, and stay kept back for a while. */
export async function endRedirects(
  trx: Kysely<RepositoryTables>,
  repository: RepositoryId,
  now: Date,
): Promise<void> {
  await trx
    .updateTable("former_names")
    .set({ repository_id: null, retired_at: now.getTime() })
    .where("repository_id", "=", repository)
    .execute();
}
