import type { Kysely } from "kysely";

/** Pull requests that webhooks named, and the hosts from which submodules are fetched. */
export async function addProposals(db: Kysely<unknown>): Promise<void> {
  for (const name of ["wanted_proposals", "submodule_hosts"])
    await db.schema.alterTable("build_sources").addColumn(name, "text").execute();
}
