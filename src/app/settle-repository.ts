import type { Kysely } from "kysely";
import type { OpenTransaction } from "../access/index.ts";
import { giveDefaultRights } from "../organizations/index.ts";
import type { RepositoryId } from "../repositories/index.ts";
import type { HubTables } from "./stores.ts";

/** What the registry leaves to others when a repository appears in it, in the transaction that makes it. */
export async function settleRepository(
  trx: OpenTransaction,
  made: { readonly id: RepositoryId; readonly now: Date },
): Promise<void> {
  await giveDefaultRights(trx as Kysely<HubTables>, made);
}
