import type { Database } from "../platform/db/index.ts";
import { type ActivityTables, findLastBefore, removeUpTo } from "./entries-store.ts";

/** Removes entries that are older than they have to be kept, and answers up to which; undefined when there were none. */
export async function removeOldEntries(deps: {
  readonly database: Database<ActivityTables>;
  readonly keepMs: number;
  readonly clock: () => Date;
}): Promise<number | undefined> {
  const now = deps.clock();
  const last = await findLastBefore(deps.database.reader, new Date(now.getTime() - deps.keepMs));
  if (last === undefined) return undefined;
  await deps.database.write((trx) => removeUpTo(trx, last, now));
  return last.seq;
}
