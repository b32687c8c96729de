import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { ScanningTables } from "../tables.ts";

/** Another one whenever one of these images was scanned or matched again. */
export async function printScanStamp(
  db: Kysely<ScanningTables>,
  digests: readonly Digest[],
): Promise<string> {
  if (digests.length === 0) return "";
  const rows = await db
    .selectFrom("scans")
    .select(["digest", "state", "advisories", "scanned_at"])
    .where("digest", "in", digests)
    .orderBy("digest")
    .execute();
  return rows
    .map((row) => [row.digest, row.state, row.advisories, row.scanned_at].join(" "))
    .join("\n");
}
