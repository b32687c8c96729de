import { setImmediate } from "node:timers/promises";
import type { Kysely } from "kysely";
import { matchesName } from "../access/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import type { OrganizationTables } from "./tables.ts";

/** Rights by pattern that are looked at, in one namespace. Beyond it the number is too small: so many people are teams. */
const PATTERNS = 500;

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
  const patterns = await listPatterns(db, namespace);
  for (const { id, name } of repositories) {
    const path = name.slice(name.indexOf("/") + 1);
    for (const { pattern, subject_id } of patterns)
      if (matchesName(pattern, path)) found.get(id)?.add(subject_id);
    // A page of repositories and as many patterns as there may be take a while: others get their turn in between.
    if (patterns.length > 0) await setImmediate();
  }
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
    .orderBy("id")
    .limit(PATTERNS)
    .execute();
}
