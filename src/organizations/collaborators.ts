import type { Kysely } from "kysely";
import { matchesName } from "../access/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import type { OrganizationTables } from "./tables.ts";

/** Of one namespace. Beyond it the number is too small; nobody names that many people one by one. */
const PATTERNS = 10_000;

/** How many accounts were given something by name in each of these repositories of one namespace, teams not counted. */
export async function countCollaborators(
  db: Kysely<OrganizationTables>,
  repositories: readonly Pick<Repository, "id" | "name" | "namespaceId">[],
): Promise<ReadonlyMap<RepositoryId, number>> {
  const namespace = repositories[0]?.namespaceId;
  if (namespace === undefined) return new Map();
  const found = new Map(repositories.map(({ id }) => [id, new Set<number>()]));
  for (const { repository_id, subject_id } of await listNamed(db, namespace, [...found.keys()]))
    found.get(repository_id as RepositoryId)?.add(subject_id);
  for (const { pattern, subject_id } of await listPatterns(db, namespace))
    for (const { id, name } of repositories)
      if (matchesName(pattern, name.slice(name.indexOf("/") + 1))) found.get(id)?.add(subject_id);
  return new Map([...found].map(([id, accounts]) => [id, accounts.size]));
}

async function listNamed(
  db: Kysely<OrganizationTables>,
  namespace: NamespaceId,
  ids: readonly RepositoryId[],
) {
  return await db
    .selectFrom("rights")
    .select(["repository_id", "subject_id"])
    .where("repository_id", "in", ids)
    .where("subject_kind", "=", "account")
    // Whose the namespace is has everything anyway.
    .where("subject_id", "!=", namespace)
    .execute();
}

/** Without a word about `repository_id`, which is 0 for all of them in all namespaces: its index leads nowhere. */
async function listPatterns(db: Kysely<OrganizationTables>, namespace: NamespaceId) {
  return await db
    .selectFrom("rights")
    .select(["pattern", "subject_id"])
    .where("namespace_id", "=", namespace)
    .where("subject_kind", "=", "account")
    .where("subject_id", "!=", namespace)
    .where("pattern", "!=", "")
    .limit(PATTERNS)
    .execute();
}
