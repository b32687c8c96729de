import type { Logger } from "pino";
import type { Database } from "../platform/db/index.ts";
import { type ActivityTables, findLastBefore, findLastUpTo, removeUpTo } from "./entries-store.ts";
import { findForwarded } from "./forwarding/positions-store.ts";
import type { ForwardTarget } from "./forwarding/target.ts";

interface RetentionDeps {
  readonly database: Database<ActivityTables>;
  readonly keepMs: number;
  /** How much longer entries are kept that a collector does not have. */
  readonly holdMs: number;
  readonly targets: readonly Pick<ForwardTarget, "name" | "start">[];
  readonly clock: () => Date;
  readonly log: Logger;
}

/**
 * Removes entries that are older than they have to be kept, and answers up to which; undefined when there were none. What a
 * collector does not have yet stays for a while longer; what goes all the same is an error in the log.
 */
export async function removeOldEntries(deps: RetentionDeps): Promise<number | undefined> {
  const { database, keepMs, holdMs, log } = deps;
  const { reader } = database;
  const now = deps.clock();
  const old = await findLastBefore(reader, new Date(now.getTime() - keepMs));
  if (old === undefined) return undefined;
  const had = await findLeastForwarded(deps);
  const oldest = await findLastBefore(reader, new Date(now.getTime() - keepMs - holdMs));
  const wanted = Math.min(old.seq, Math.max(had, oldest?.seq ?? 0));
  if (wanted < old.seq) {
    const kept = old.seq - wanted;
    log.warn({ kept }, "old entries of the audit trail kept, as a collector does not have them");
  }
  const last = await findLastUpTo(reader, wanted);
  if (last === undefined) return undefined;
  if (last.seq > had) {
    const lost = { from: had + 1, to: last.seq };
    log.error(lost, "entries of the audit trail removed that a collector never got");
  }
  await database.write((trx) => removeUpTo(trx, last, now));
  return last.seq;
}

/** Up to where every collector has the trail. Targets that are configured no more hold up nothing. */
async function findLeastForwarded({
  database,
  targets,
}: Pick<RetentionDeps, "database" | "targets">): Promise<number> {
  const positions = await Promise.all(
    targets.map(async ({ name, start }) => {
      const found = await findForwarded(database.reader, name);
      return found?.seq ?? (start === "now" ? Number.POSITIVE_INFINITY : 0);
    }),
  );
  return Math.min(Number.POSITIVE_INFINITY, ...positions);
}
