import type { Database } from "../../platform/db/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import { forgetSayings } from "../decisions/decisions-store.ts";
import { trimLayerReports, trimPackages } from "../store/layers-in-use-store.ts";
import { forgetScan, listGoneScans, renewOldScans } from "../store/scans-store.ts";
import { trimWastes } from "../store/wastes-store.ts";
import type { ScanningTables } from "../tables.ts";

interface HousekeepingDeps {
  readonly database: Database<ScanningTables & RegistryTables>;
  /** After which time an image is looked at again; undefined: never. */
  readonly rescanAfterMs: number | undefined;
  readonly clock: () => Date;
}

const PAGE = 500;
/** Longer than any scan takes: its layers are nobody's before it ends. */
const YOUNG_MS = 3_600_000;

/** What scanning does when nobody waits for it; each step is a short transaction. */
export class Housekeeping {
  readonly #deps: HousekeepingDeps;

  constructor(deps: HousekeepingDeps) {
    this.#deps = deps;
  }

  /** What was found in images that are gone is of no use to anybody, nor are layers and packages that no image has. */
  async forgetGone(signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#deps;
    for (let after: number | undefined = 0; after !== undefined && !signal.aborted; ) {
      const page: Awaited<ReturnType<typeof listGoneScans>> = await listGoneScans(database.reader, {
        ...{ after, limit: PAGE },
      });
      for (const id of page.gone) await database.write((trx) => forgetScan(trx, id));
      after = page.last;
    }
    await database.write(forgetSayings);
    await database.write((trx) =>
      trx
        .deleteFrom("bills_due")
        .where("manifest_id", "not in", (query) => query.selectFrom("manifests").select("id"))
        .execute(),
    );
    const madeBefore = new Date(clock().getTime() - YOUNG_MS);
    while (!signal.aborted && (await database.write((trx) => trimLayerReports(trx, madeBefore))));
    while (!signal.aborted && (await database.write((trx) => trimWastes(trx, madeBefore))));
    for (let after: number | undefined = 0; after !== undefined && !signal.aborted; ) {
      const last: number = after;
      after = await database.write((trx) => trimPackages(trx, last));
    }
  }

  /** Looks again at what was not looked at for long, and at what failed then: an end of life may have come, a limit gone. */
  async renewOld(signal: AbortSignal): Promise<void> {
    const { database, clock, rescanAfterMs } = this.#deps;
    if (rescanAfterMs === undefined) return;
    const now = clock();
    const before = new Date(now.getTime() - rescanAfterMs);
    for (let after: number | undefined = 0; after !== undefined && !signal.aborted; ) {
      const page: Parameters<typeof renewOldScans>[1] = { before, after, limit: PAGE, now };
      after = await database.write((trx) => renewOldScans(trx, page));
    }
  }
}
