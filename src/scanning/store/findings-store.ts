import type { Kysely } from "kysely";
import type { ScanFinding } from "../../contract/scans.ts";
import type { PlacedPackage } from "../inventory/model.ts";
import type { PackageId, ScanId, ScanningTables } from "../tables.ts";

type Db = Kysely<ScanningTables>;
type Key = Pick<PlacedPackage, "type" | "name" | "version">;

/** Rows of one statement: far below what databases allow. */
const BATCH = 200;

/** Makes the packages of a scan the ones that search finds it by. */
export async function replacePackages(
  trx: Db,
  scanId: ScanId,
  packages: readonly Key[],
): Promise<ReadonlyMap<string, PackageId>> {
  const ids = await idsOf(trx, packages);
  await trx.deleteFrom("scanned_packages").where("scan_id", "=", scanId).execute();
  const rows = [...new Set(ids.values())].map((id) => ({ scan_id: scanId, package_id: id }));
  for (const part of inParts(rows)) {
    await trx.insertInto("scanned_packages").values(part).execute();
  }
  return ids;
}

/** Makes these the findings of a scan; what was known before keeps the time at which it was found. Gives what is new. */
export async function replaceFindings(
  trx: Db,
  scanId: ScanId,
  { findings, now }: { readonly findings: readonly ScanFinding[]; readonly now: Date },
): Promise<readonly ScanFinding[]> {
  const ids = await idsOf(
    trx,
    findings.map((finding) => finding.package as Key),
  );
  const known = await trx
    .selectFrom("findings")
    .select(["vulnerability", "package_id as packageId", "found_at as foundAt"])
    .where("scan_id", "=", scanId)
    .execute();
  const since = new Map(known.map((row) => [`${row.vulnerability} ${row.packageId}`, row.foundAt]));
  await trx.deleteFrom("findings").where("scan_id", "=", scanId).execute();
  const fresh: ScanFinding[] = [];
  const rows = new Map<string, ScanningTables["findings"]>();
  for (const finding of findings) {
    const packageId = ids.get(keyOf(finding.package as Key));
    if (packageId === undefined) continue;
    const key = `${finding.id} ${packageId}`;
    if (rows.has(key)) continue;
    const foundAt = since.get(key);
    if (foundAt === undefined) fresh.push(finding);
    rows.set(key, {
      scan_id: scanId,
      vulnerability: finding.id,
      package_id: packageId,
      severity: finding.severity,
      fixed_version: finding.fixedVersion,
      found_at: foundAt ?? now.getTime(),
    });
  }
  for (const part of inParts([...rows.values()])) {
    await trx.insertInto("findings").values(part).execute();
  }
  return fresh;
}

/** By `keyOf`. */
async function idsOf(trx: Db, packages: readonly Key[]): Promise<ReadonlyMap<string, PackageId>> {
  const distinct = [...new Map(packages.map((one) => [keyOf(one), one])).values()];
  const ids = new Map<string, PackageId>();
  for (const part of inParts(distinct)) {
    const values = part.map(({ type, name, version }) => ({ type, name, version }));
    await trx
      .insertInto("packages")
      .values(values)
      .onConflict((conflict) => conflict.columns(["name", "type", "version"]).doNothing())
      .execute();
    const names = [...new Set(part.map(({ name }) => name))];
    const versions = new Set(part.map(keyOf));
    const rows = await trx
      .selectFrom("packages")
      .selectAll()
      .where("name", "in", names)
      .where(
        "version",
        "in",
        part.map(({ version }) => version),
      )
      .execute();
    for (const row of rows) {
      const key = keyOf(row as Key);
      if (versions.has(key)) ids.set(key, row.id);
    }
  }
  return ids;
}

function keyOf({ type, name, version }: Key): string {
  return `${type} ${name} ${version}`;
}

function inParts<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );
}
