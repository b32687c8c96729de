import type { Kysely } from "kysely";
import { type Database, DatabaseBusyError, DatabaseFullError } from "./database.ts";

/**
 * Writes what nobody misses, such as when a token was used last; false when the disk is full or another process holds the
 * database. Reading goes on then, and what people read with must not wait for a note about it. May be lost in a power cut.
 */
export async function writeIfPossible<Tables>(
  database: Pick<Database<Tables>, "write">,
  work: (trx: Kysely<Tables>) => Promise<unknown>,
): Promise<boolean> {
  try {
    await database.write(work, { survives: "process" });
    return true;
  } catch (error) {
    if (error instanceof DatabaseBusyError || error instanceof DatabaseFullError) return false;
    throw error;
  }
}
