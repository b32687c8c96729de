import type { Kysely, Selectable } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { ScanId, ScanningTables, ScanState } from "../tables.ts";

type Db = Kysely<ScanningTables>;

/** Scans that nobody waits for have their turn after those of so long a time. */
const AFTER_ALL_MS = 3_600_000;

export interface Scan {
  readonly id: ScanId;
  readonly digest: Digest;
  readonly state: ScanState;
  readonly reason: string | undefined;
  readonly advisories: string;
  readonly result: Uint8Array | undefined;
  readonly attempts: number;
  readonly scannedAt: Date | undefined;
}

/** Adds what is not known yet; what was scanned before stays as it is. */
export async function addScans(
  trx: Db,
  digests: readonly Digest[],
  options: {
    readonly now: Date;
    readonly analyserVersion: number;
    /** Whose turn comes when; without it, at once. */
    readonly turnOf?: (digest: Digest) => number;
  },
): Promise<void> {
  if (digests.length === 0) return;
  const { now, analyserVersion, turnOf = () => now.getTime() } = options;
  const values = digests.map((digest) => ({
    digest,
    turn: turnOf(digest),
    state: "waiting" as const,
    analyser_version: analyserVersion,
    advisories: "",
    attempts: 0,
    due_at: now.getTime(),
  }));
  await trx
    .insertInto("scans")
    .values(values)
    .onConflict((conflict) => conflict.column("digest").doNothing())
    .execute();
}

/** The same as if they had never been scanned; what was found stays until the new result is there. */
export async function renewScans(trx: Db, digests: readonly Digest[], now: Date): Promise<void> {
  if (digests.length === 0) return;
  await trx
    .updateTable("scans")
    .set({ state: "waiting", attempts: 0, due_at: now.getTime(), reason: null })
    .where("digest", "in", digests)
    .execute();
}

/**
 * The same for scans by an analyser of before, of one page of ids. Gives the last id that was looked at, undefined at the end.
 * They come after what waits already.
 */
export async function renewOlderScans(
  trx: Db,
  page: {
    readonly analyserVersion: number;
    readonly after: number;
    readonly limit: number;
    readonly now: Date;
  },
): Promise<number | undefined> {
  const rows = await trx
    .selectFrom("scans")
    .select(["id", "state", "analyser_version as version"])
    .where("id", ">", page.after as ScanId)
    .orderBy("id")
    .limit(page.limit)
    .execute();
  const older = rows.filter(
    ({ state, version }) => state !== "waiting" && version < page.analyserVersion,
  );
  if (older.length > 0) {
    await trx
      .updateTable("scans")
      .set({ state: "waiting", attempts: 0, due_at: page.now.getTime(), reason: null })
      .where(
        "id",
        "in",
        older.map(({ id }) => id),
      )
      .execute();
  }
  return rows.length < page.limit ? undefined : rows.at(-1)?.id;
}

/** Takes the one whose turn it is; it is nobody else's until `until`. */
export async function claimScan(
  trx: Db,
  { now, until }: { readonly now: Date; readonly until: Date },
): Promise<Scan | undefined> {
  const next = trx
    .selectFrom("scans")
    .select("id")
    .where("state", "=", "waiting")
    // Computed, so that no database takes the index of times and then sorts all that wait.
    .where(({ eb }) => eb(eb("due_at", "+", 0), "<=", now.getTime()))
    .orderBy("turn")
    .orderBy("id")
    .limit(1);
  const row = await trx
    .updateTable("scans")
    .set((change) => ({ attempts: change("attempts", "+", 1), due_at: until.getTime() }))
    .where("id", "=", next)
    .returningAll()
    .executeTakeFirst();
  return row && toScan(row);
}

export async function hasWaitingScan(db: Db, now: Date): Promise<boolean> {
  const row = await db
    .selectFrom("scans")
    .select("id")
    .where("state", "=", "waiting")
    .where("due_at", "<=", now.getTime())
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whatever somebody who is gone was working on, or had put off, comes due. */
export async function releaseScans(trx: Db, now: Date): Promise<void> {
  await trx
    .updateTable("scans")
    .set({ due_at: now.getTime() })
    .where("state", "=", "waiting")
    .where("due_at", ">", now.getTime())
    .execute();
}

/** Back into the line, for a later try; `pardons` for what was no fault of the image. */
export async function postponeScan(
  trx: Db,
  id: ScanId,
  later: { readonly dueAt: Date; readonly reason?: string; readonly pardons?: boolean },
): Promise<void> {
  const { dueAt, reason = null, pardons = false } = later;
  await trx
    .updateTable("scans")
    .set({ due_at: dueAt.getTime(), reason, ...(pardons ? { attempts: 0 } : {}) })
    .where("id", "=", id)
    .where("state", "=", "waiting")
    .execute();
}

export interface ScanEnd {
  readonly state: Exclude<ScanState, "waiting">;
  readonly reason?: string | undefined;
  readonly analyserVersion: number;
  readonly advisories: string;
  readonly result?: Uint8Array | undefined;
  readonly now: Date;
}

/**
 * Of the scans after an id, up to `limit`, those that were looked at before `before` or failed wait once more. Gives the last
 * id that was looked at, undefined at the end.
 */
export async function renewOldScans(
  trx: Db,
  page: {
    readonly before: Date;
    readonly after: number;
    readonly limit: number;
    readonly now: Date;
  },
): Promise<number | undefined> {
  const { before, after, limit, now } = page;
  const rows = await trx
    .selectFrom("scans")
    .select(["id", "state", "scanned_at as scannedAt"])
    .where("id", ">", after as ScanId)
    .orderBy("id")
    .limit(limit)
    .execute();
  const old = rows.filter(
    ({ state, scannedAt }) =>
      (state === "done" || state === "failed") && (scannedAt ?? 0) < before.getTime(),
  );
  if (old.length > 0) {
    await trx
      .updateTable("scans")
      // What comes meanwhile goes first.
      .set({
        state: "waiting",
        attempts: 0,
        due_at: now.getTime(),
        turn: now.getTime() + AFTER_ALL_MS,
      })
      .where(
        "id",
        "in",
        old.map(({ id }) => id),
      )
      .execute();
  }
  return rows.length < limit ? undefined : rows.at(-1)?.id;
}

export async function endScan(trx: Db, id: ScanId, end: ScanEnd): Promise<void> {
  await trx
    .updateTable("scans")
    .set({
      state: end.state,
      reason: end.reason ?? null,
      analyser_version: end.analyserVersion,
      advisories: end.advisories,
      result: end.result ?? null,
      scanned_at: end.now.getTime(),
    })
    .where("id", "=", id)
    .execute();
}

/**
 * Takes what a finished scan comes to by newer advisories. False where it is not the one that was read any more: it waits, was
 * made anew or is gone. By which analyser it was made stays what it was.
 */
export async function renewResult(
  trx: Db,
  { id, scannedAt }: Pick<Scan, "id" | "scannedAt">,
  now: Pick<ScanEnd, "advisories" | "result" | "now">,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable("scans")
    .set({
      advisories: now.advisories,
      result: now.result ?? null,
      scanned_at: now.now.getTime(),
    })
    .where("id", "=", id)
    .where("state", "=", "done")
    .where("scanned_at", "=", scannedAt?.getTime() ?? null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** With the packages and findings that it had. */
export async function forgetScan(trx: Db, id: ScanId): Promise<void> {
  await trx.deleteFrom("findings").where("scan_id", "=", id).execute();
  await trx.deleteFrom("scanned_packages").where("scan_id", "=", id).execute();
  await trx.deleteFrom("scanned_layers").where("scan_id", "=", id).execute();
  await trx.deleteFrom("scans").where("id", "=", id).execute();
}

/** Of the scans after an id, up to `limit`, those whose image no repository has any more; and the last id of them all. */
export async function listGoneScans(
  db: Kysely<ScanningTables & RegistryTables>,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<{ readonly gone: readonly ScanId[]; readonly last: ScanId | undefined }> {
  const rows = await db
    .selectFrom("scans")
    .leftJoin("manifests", "manifests.digest", "scans.digest")
    .select(["scans.id", "manifests.id as manifestId"])
    .where("scans.id", ">", after as ScanId)
    .orderBy("scans.id")
    .limit(limit)
    .execute();
  const gone = rows.filter(({ manifestId }) => manifestId === null).map(({ id }) => id);
  return { gone, last: rows.at(-1)?.id };
}

export async function findScan(db: Db, digest: Digest): Promise<Scan | undefined> {
  const row = await db
    .selectFrom("scans")
    .selectAll()
    .where("digest", "=", digest)
    .executeTakeFirst();
  return row && toScan(row);
}

/** Finished ones whose findings come from another index than `advisories`, in the order of their ids. */
export async function listOutdatedScans(
  db: Db,
  advisories: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly Scan[]> {
  const rows = await db
    .selectFrom("scans")
    .selectAll()
    .where("state", "=", "done")
    .where("advisories", "!=", advisories)
    .where("id", ">", after as ScanId)
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(toScan);
}

export async function readPosition(db: Db, name: string): Promise<number> {
  const row = await db
    .selectFrom("scan_positions")
    .select("position")
    .where("name", "=", name)
    .executeTakeFirst();
  return row?.position ?? 0;
}

export async function writePosition(trx: Db, name: string, position: number): Promise<void> {
  await trx
    .insertInto("scan_positions")
    .values({ name, position })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ position }))
    .execute();
}

function toScan(row: Selectable<ScanningTables["scans"]>): Scan {
  const { id, digest, state, advisories, attempts } = row;
  return {
    ...{ id, digest, state, advisories, attempts },
    reason: row.reason ?? undefined,
    result: row.result ?? undefined,
    scannedAt: row.scanned_at === null ? undefined : new Date(row.scanned_at),
  };
}
