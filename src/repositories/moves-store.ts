import { type Kysely, sql } from "kysely";
import type { Namespace, NamespaceId } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import { nameKeyOf, retireName, takeOverName } from "./former-names-store.ts";
import type { Repository } from "./repositories-store.ts";
import type { RepositoryTables } from "./tables.ts";

/** Gives the repository another name, which has to be free; the present one leads to it from now on. */
export async function moveRepository(
  trx: Kysely<RepositoryTables>,
  repository: Pick<Repository, "id" | "name">,
  move: {
    readonly from: Namespace | undefined;
    readonly to: RepositoryName;
    readonly namespace: Namespace;
    readonly now: Date;
  },
): Promise<void> {
  const { id, name } = repository;
  const { from, to, namespace, now } = move;
  await takeOverName(trx, nameKeyOf(to, namespace), now);
  await retireName(trx, nameKeyOf(name, from), { repository: id, now });
  await trx
    .updateTable("repositories")
    .set({ name: to, namespace_id: namespace.id, named_at: now.getTime() })
    .where("id", "=", id)
    .execute();
}

/** How many are in it; `atMost` when they are more. */
export async function countRepositoriesIn(
  db: Kysely<RepositoryTables>,
  namespace: NamespaceId,
  atMost: number,
): Promise<number> {
  const { count } = await db
    .selectFrom((from) =>
      from
        .selectFrom("repositories")
        .select("id")
        .where("namespace_id", "=", namespace)
        .limit(atMost)
        .as("some"),
    )
    .select((row) => row.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Puts the new name of a namespace into those of its repositories; answers how many that were. */
export async function renameRepositoriesIn(
  trx: Kysely<RepositoryTables>,
  namespace: NamespaceId,
  change: { readonly from: string; readonly to: string; readonly now: Date },
): Promise<number> {
  const { from, to, now } = change;
  const rest = sql<string>`substr(name, ${from.length + 1})`;
  const result = await trx
    .updateTable("repositories")
    .set({ name: sql<RepositoryName>`${to} || ${rest}`, named_at: now.getTime() })
    .where("namespace_id", "=", namespace)
    .where("removed_at", "is", null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Whether there is a repository whose name begins with the word and a slash. */
export async function hasRepositoriesUnder(
  db: Kysely<RepositoryTables>,
  word: string,
): Promise<boolean> {
  const row = await db
    .selectFrom("repositories")
    .select("id")
    .where("name", ">", `${word}/` as RepositoryName)
    // The character after the slash.
    .where("name", "<", `${word}0` as RepositoryName)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
