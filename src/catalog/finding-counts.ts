import type { Kysely } from "kysely";
import { SEVERITIES, type Severity } from "../contract/scans.ts";
import type { Digest } from "../oci/digest.ts";
import { NO_ADVISORIES_REVISION, type ScanningTables } from "../scanning/index.ts";

export interface FindingCounts {
  /** `unmatched`: there were no advisories to compare it with, and nothing found means nothing. */
  readonly state: "waiting" | "done" | "failed" | "nothing" | "unmatched";
  readonly counts: Readonly<Partial<Record<Severity, number>>>;
}

/** What scans found in images; those that were never scanned are left out. */
export async function countFindings(
  db: Kysely<ScanningTables>,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, FindingCounts>> {
  if (digests.length === 0) return new Map();
  const rows = await db
    .selectFrom("scans")
    .leftJoin("findings", "findings.scan_id", "scans.id")
    .select((is) => [
      "scans.digest",
      "scans.state",
      "scans.advisories",
      "findings.severity",
      is.fn.count<number>("findings.vulnerability").distinct().as("count"),
    ])
    .where("scans.digest", "in", digests)
    .groupBy(["scans.digest", "scans.state", "scans.advisories", "findings.severity"])
    .execute();
  const found = new Map<Digest, FindingCounts>();
  for (const { digest, state, advisories, severity, count } of rows) {
    const counts = { ...found.get(digest)?.counts };
    if (severity !== null) counts[severity as Severity] = Number(count);
    // What was found before the advisories went is still counted: see `judgeAnew`.
    const isUnmatched =
      state === "done" && severity === null && advisories === NO_ADVISORIES_REVISION;
    found.set(digest, { state: isUnmatched ? "unmatched" : state, counts });
  }
  return found;
}

/** Of several platforms the one with the worst, so that none looks better than it is: what is not known is worse than nothing found. */
export function worstOf(all: readonly FindingCounts[]): FindingCounts | undefined {
  return [...all].sort(
    (one, other) =>
      SEVERITIES.map((name) => (other.counts[name] ?? 0) - (one.counts[name] ?? 0)).find(
        (difference) => difference !== 0,
      ) ?? Number(isKnown(one)) - Number(isKnown(other)),
  )[0];
}

function isKnown({ state }: FindingCounts): boolean {
  return state === "done" || state === "nothing";
}
