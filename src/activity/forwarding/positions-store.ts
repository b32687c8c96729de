import type { Kysely } from "kysely";
import type { ActivityTables } from "../entries-store.ts";

type Db = Kysely<ActivityTables>;

export interface ForwardedPosition {
  /** The last entry that the collector has, or had no need of; 0 for none. */
  readonly seq: number;
  readonly sentAt: Date | undefined;
}

/** Undefined for a collector that nothing was ever sent to. */
export async function findForwarded(
  db: Db,
  target: string,
): Promise<ForwardedPosition | undefined> {
  const row = await db
    .selectFrom("activity_forwarded")
    .select(["seq", "sent_at"])
    .where("target", "=", target)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { seq: row.seq, sentAt: row.sent_at === null ? undefined : new Date(row.sent_at) };
}

/** It never goes back, though another process on the same database may be slower. */
export async function setForwarded(
  trx: Db,
  target: string,
  { seq, sentAt }: ForwardedPosition,
): Promise<void> {
  const sent_at = sentAt?.getTime() ?? null;
  await trx
    .insertInto("activity_forwarded")
    .values({ target, seq, sent_at })
    .onConflict((conflict) =>
      conflict
        .column("target")
        .doUpdateSet({ seq, sent_at })
        .where("activity_forwarded.seq", "<", seq),
    )
    .execute();
}
