import { setImmediate } from "node:timers/promises";
import type { Kysely } from "kysely";
import { getNamespace, type NamespaceId } from "../../../namespaces/index.ts";
import type { RepositoryName } from "../../../oci/name.ts";
import {
  findRepositoryById,
  findWholeRepository,
  listNamesIn,
  listRepositoryNames,
  type Repository,
  type RepositoryId,
} from "../../../repositories/index.ts";
import type { Within } from "../../freed/freed-bytes.ts";
import type { RetentionTables } from "../tables.ts";
import { covers, type Scope } from "./policies-store.ts";

type Db = Kysely<RetentionTables>;

const PAGE = 200;

/** As people write it; undefined when there is nothing of it any more. */
export async function nameOfScope(db: Db, scope: Scope): Promise<string | undefined> {
  const name = await nameOf(db, scope);
  if (name === undefined || scope.pattern === "") return name;
  return scope.kind === "hub" ? scope.pattern : `${name}/${scope.pattern}`;
}

async function nameOf(db: Db, { kind, id }: Scope): Promise<string | undefined> {
  switch (kind) {
    case "hub":
      return "hub";
    case "namespace": {
      const namespace = await getNamespace(db, id as NamespaceId);
      return namespace?.name;
    }
    case "repository":
      return (await findRepositoryById(db, id as RepositoryId))?.name;
  }
}

/** Its repositories in the order of their names, behind `after`. */
export async function* listRepositoriesOf(
  db: Db,
  scope: Scope,
  after: string,
): AsyncGenerator<Repository> {
  for await (const names of listNamesOf(db, scope, after)) {
    for (const name of names) {
      const found = await findWholeRepository(db, name);
      if (found !== undefined) yield found;
    }
  }
}

/** Where there are no accounts, whoever manages a repository manages the hub. */
export type CountsWithin = "hub" | "scope";

/** Whose needs count in what is freed there: whoever looks after the scope learns nothing of what lies beyond. */
export function withinOf({ kind, id }: Scope, countsWithin: CountsWithin): Within {
  if (countsWithin === "hub" || kind === "hub") return "hub";
  return kind === "repository" ? "repository" : { namespace: id };
}

/** The names of its repositories, a page at a time. */
export async function* listNamesOf(
  db: Db,
  scope: Scope,
  after: string,
): AsyncGenerator<readonly RepositoryName[]> {
  const { kind, id } = scope;
  if (kind === "repository") {
    const found = await findRepositoryById(db, id as RepositoryId);
    if (found !== undefined && found.name > after) yield [found.name];
    return;
  }
  for (let last = after; ; ) {
    const page = { last, limit: PAGE };
    const names =
      kind === "hub"
        ? await listRepositoryNames(db, page)
        : await listNamesIn(db, id as NamespaceId, page);
    yield names.filter((name) => covers(scope, name));
    if (names.length < PAGE) return;
    last = names.at(-1) ?? last;
    // A pattern may fit none of many pages.
    await setImmediate();
  }
}
