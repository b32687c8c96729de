import { type Kysely, sql } from "kysely";
import { findNamespace, type NamespaceName } from "../namespaces/index.ts";
import { findFormerName, nameKeyOf } from "../repositories/index.ts";
import type { PullTables } from "./tables.ts";

/**
 * What a simulation of pull policies needs of each hour: which repository and account it was, whatever they are called now, and
 * how much was fetched with a credential that was made for pushing too. Of pulls from before, both are what the names say today,
 * and all credentials are taken to be good for whatever their account may do.
 */
export async function addPullers(db: Kysely<unknown>): Promise<void> {
  const columns = ["repository_id", "account_id"] as const;
  for (const column of columns)
    await db.schema.alterTable("pull_hours").addColumn(column, "integer").execute();
  for (const column of ["fetches", "writer_fetches"] as const) {
    await db.schema
      .alterTable("pull_hours")
      .addColumn(column, "bigint", (is) => is.notNull().defaultTo(0))
      .execute();
  }
  await sql`update pull_hours set fetches = pulls, writer_fetches = pulls,
    repository_id = (select id from repositories where repositories.name = pull_hours.repository)`.execute(
    db,
  );
  await followNames(db as Kysely<PullTables>);
  await nameAccounts(db as Kysely<PullTables>);
  await db.schema
    .createIndex("pull_hours_image")
    .on("pull_hours")
    .columns(["repository_id", "digest", "hour"])
    .execute();
}

async function followNames(db: Kysely<PullTables>): Promise<void> {
  const names = await db
    .selectFrom("pull_hours")
    .select(["namespace_id", "repository"])
    .distinct()
    .where("repository_id", "is", null)
    .execute();
  for (const { namespace_id: id, repository } of names) {
    const key = nameKeyOf(repository, id === null ? undefined : { id });
    const former = await findFormerName(db, key);
    if (former?.repositoryId === undefined) continue;
    await db
      .updateTable("pull_hours")
      .set({ repository_id: former.repositoryId })
      .where("repository", "=", repository)
      .where("repository_id", "is", null)
      .execute();
  }
}

async function nameAccounts(db: Kysely<PullTables>): Promise<void> {
  const rows = await db.selectFrom("pull_hours").select("account").distinct().execute();
  for (const { account } of rows) {
    // Robots are called by their organization: acme+ci.
    const [name = ""] = account.split("+", 1);
    const namespace = await findNamespace(db, name as NamespaceName);
    if (namespace === undefined) continue;
    await db
      .updateTable("pull_hours")
      .set({ account_id: namespace.id })
      .where("account", "=", account)
      .execute();
  }
}
