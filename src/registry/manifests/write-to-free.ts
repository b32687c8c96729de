import type { Kysely } from "kysely";
import type { Headroom } from "../../platform/blobs/index.ts";
import { type Database, DatabaseFullError } from "../../platform/db/index.ts";
import type { RegistryTables } from "../store/tables.ts";

/** Deleting is how people make room: on a full disk it gets what was kept aside for it. */
export async function writeToFree<T>(
  deps: {
    readonly database: Database<RegistryTables>;
    readonly headroom: Pick<Headroom, "giveUpBallast">;
  },
  work: (trx: Kysely<RegistryTables>) => Promise<T>,
): Promise<T> {
  try {
    return await deps.database.write(work);
  } catch (cause) {
    if (!(cause instanceof DatabaseFullError) || !(await deps.headroom.giveUpBallast()))
      throw cause;
    return await deps.database.write(work);
  }
}
