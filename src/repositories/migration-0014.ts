import { type Kysely, sql } from "kysely";

/** When something was pushed last; of what is there already, its youngest manifest says it. */
export async function addLastPush(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable("repositories").addColumn("last_pushed_at", "bigint").execute();
  await sql`
    update repositories set last_pushed_at =
      (select max(pushed_at) from manifests where manifests.repository_id = repositories.id)
  `.execute(db);
}
