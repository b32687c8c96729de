import type { Kysely } from "kysely";
import type { ScanningTables } from "../tables.ts";

type Db = Kysely<ScanningTables>;

const STEP = 500;

export interface KeptWaste {
  readonly chainId: string;
  readonly analyserVersion: number;
  /** Packed; absent where the layers could not be compared. */
  readonly waste?: Uint8Array;
  readonly reason?: string;
}

export async function findWasteOf(
  db: Db,
  chainId: string,
): Promise<Omit<KeptWaste, "chainId"> | undefined> {
  const row = await db
    .selectFrom("layer_wastes")
    .selectAll()
    .where("chain_id", "=", chainId)
    .executeTakeFirst();
  return (
    row && {
      analyserVersion: row.analyser_version,
      ...(row.waste === null ? {} : { waste: row.waste }),
      ...(row.reason === null ? {} : { reason: row.reason }),
    }
  );
}

export async function saveWaste(trx: Db, kept: KeptWaste, now: Date): Promise<void> {
  const columns = {
    analyser_version: kept.analyserVersion,
    waste: kept.waste ?? null,
    reason: kept.reason ?? null,
    made_at: now.getTime(),
  };
  await trx
    .insertInto("layer_wastes")
    .values({ chain_id: kept.chainId, ...columns })
    .onConflict((conflict) => conflict.column("chain_id").doUpdateSet(columns))
    .execute();
}

/** The packed listings of these layers, in their order; undefined for one that has none. */
export async function readListings(
  db: Db,
  diffIds: readonly string[],
): Promise<readonly (Uint8Array | undefined)[]> {
  const known = new Map<string, Uint8Array | undefined>();
  for (const diffId of new Set(diffIds)) {
    const row = await db
      .selectFrom("layer_reports")
      .select("listing")
      .where("diff_id", "=", diffId)
      .executeTakeFirst();
    known.set(diffId, row?.listing ?? undefined);
  }
  return diffIds.map((diffId) => known.get(diffId));
}

/** Up to one step of those that no scanned image has; those made lately may be of a scan that is not over. */
export async function trimWastes(trx: Db, madeBefore: Date): Promise<boolean> {
  const unused = await trx
    .selectFrom("layer_wastes")
    .select("chain_id")
    .where("made_at", "<", madeBefore.getTime())
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom("scans").select("id").whereRef("scans.chain_id", "=", "layer_wastes.chain_id"),
        ),
      ),
    )
    .limit(STEP)
    .execute();
  if (unused.length === 0) return false;
  const ids = unused.map((row) => row.chain_id);
  await trx.deleteFrom("layer_wastes").where("chain_id", "in", ids).execute();
  return unused.length === STEP;
}
