import type { Kysely } from "kysely";
import type { Principal } from "../../access/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BuildTables } from "../tables.ts";
import type { Refs } from "./git-repositories.ts";

type Db = Kysely<BuildTables>;

/** Up to where the builds of what was pushed are queued, and who is to have pushed what came since. */
export interface SettledRefs {
  readonly refs: Refs;
  readonly by: Principal | undefined;
}

export async function findSettledRefs(
  db: Db,
  repository: RepositoryId,
): Promise<SettledRefs | undefined> {
  const row = await db
    .selectFrom("build_git_refs")
    .select(["refs", "principal"])
    .where("repository_id", "=", repository)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const refs = new Map(JSON.parse(row.refs) as [string, string][]);
  return { refs, by: row.principal === null ? undefined : readPrincipal(row.principal) };
}

export async function saveSettledRefs(
  trx: Db,
  wish: { readonly repository: RepositoryId; readonly refs: Refs; readonly now: Date },
): Promise<void> {
  const kept = { refs: JSON.stringify([...wish.refs]), updated_at: wish.now.getTime() };
  await trx
    .insertInto("build_git_refs")
    .values({ repository_id: wish.repository, principal: null, ...kept })
    .onConflict((conflict) =>
      conflict.column("repository_id").doUpdateSet({ ...kept, principal: null }),
    )
    .execute();
}

/** Before they push: on whose right is built what a hub that dies leaves unsettled. */
export async function savePusher(
  trx: Db,
  wish: { readonly repository: RepositoryId; readonly by: Principal },
): Promise<void> {
  await trx
    .updateTable("build_git_refs")
    .set({ principal: JSON.stringify(wish.by) })
    .where("repository_id", "=", wish.repository)
    .execute();
}

export async function removeSettledRefs(trx: Db, repository: RepositoryId): Promise<void> {
  await trx.deleteFrom("build_git_refs").where("repository_id", "=", repository).execute();
}

const DATES = new Set(["provedAt", "expiresAt", "permitsGivenAt", "grantedAt"]);

/** A principal, as it was written as JSON. */
export function readPrincipal(text: string): Principal {
  return JSON.parse(text, (key, value: unknown) =>
    DATES.has(key) && typeof value === "string" ? new Date(value) : value,
  ) as Principal;
}
