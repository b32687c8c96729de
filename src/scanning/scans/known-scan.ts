import type { Kysely } from "kysely";
import type { ScanFinding } from "../../contract/scans.ts";
import type { RegistryTables } from "../../registry/index.ts";
import { type ImageOfRepository, listFindingsInForce } from "../decisions/in-force.ts";
import { readPacked } from "../store/layer-reports-store.ts";
import type { ScanResult } from "../store/scan-result.ts";
import { findScan } from "../store/scans-store.ts";
import type { ScanningTables } from "../tables.ts";

/** What a finished scan says of an image, without what people decided to be none. */
export interface KnownScan {
  readonly findings: readonly ScanFinding[];
  readonly isEndOfLife: boolean;
  /** When each vulnerability was found in it first. */
  readonly foundAt: ReadonlyMap<string, Date>;
}

/** Undefined while there is no finished scan, and for what has no packages to be looked at. */
export async function readKnownScan(
  db: Kysely<ScanningTables & RegistryTables>,
  image: ImageOfRepository,
  options: { readonly now: Date; readonly trustsClaims: boolean },
): Promise<KnownScan | undefined> {
  const scan = await findScan(db, image.digest);
  if (scan?.result === undefined) return undefined;
  const { findings } = await listFindingsInForce(db, image, options);
  const { flaws } = (await readPacked(scan.result)) as ScanResult;
  const rows = await db
    .selectFrom("findings")
    .select(["vulnerability", "found_at as foundAt"])
    .where("scan_id", "=", scan.id)
    .execute();
  const foundAt = new Map<string, Date>();
  for (const row of rows) {
    const before = foundAt.get(row.vulnerability);
    const at = new Date(row.foundAt);
    if (before === undefined || at < before) foundAt.set(row.vulnerability, at);
  }
  const isEndOfLife = flaws.some(({ id }) => id === "distribution-end-of-life");
  return { findings, isEndOfLife, foundAt };
}
