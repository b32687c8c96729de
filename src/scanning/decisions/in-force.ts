import type { Kysely } from "kysely";
import type { ScanFinding } from "../../contract/scans.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RegistryTables } from "../../registry/index.ts";
import { readPacked } from "../store/layer-reports-store.ts";
import type { ScanResult } from "../store/scan-result.ts";
import { findScan, type Scan } from "../store/scans-store.ts";
import type { ScanningTables, ScanState } from "../tables.ts";
import { partFindings, type Sayings } from "./decision.ts";
import { listClaims, listDecisionsFor, type Place } from "./decisions-store.ts";

type Db = Kysely<ScanningTables & RegistryTables>;

/** What rules about images ask: is it scanned, and what is wrong with it after all that was decided. */
export interface FindingsInForce {
  /** `unknown`: nobody has looked at it, as while scanning is off. */
  readonly state: ScanState | "unknown";
  /** Why its scan failed, or why there is nothing to scan in it. */
  readonly reason: string | undefined;
  readonly scannedAt: Date | undefined;
  /** Findings that count; each with what was said of it. Of a scan that is being renewed, those of before. */
  readonly findings: readonly ScanFinding[];
  /** Findings that count no more, as somebody decided. */
  readonly suppressed: readonly ScanFinding[];
}

export interface ImageOfRepository {
  readonly repository: Place;
  readonly digest: Digest;
}

/** The findings of a manifest as they count in this repository. An index has none of its own: ask for the images it lists. */
export async function listFindingsInForce(
  db: Db,
  image: ImageOfRepository,
  options: { readonly now: Date; readonly trustsClaims: boolean },
): Promise<FindingsInForce> {
  const { repository, digest } = image;
  const scan = await findScan(db, digest);
  const facts = {
    state: scan?.state ?? ("unknown" as const),
    reason: scan?.reason,
    scannedAt: scan?.scannedAt,
  };
  const found = await findingsOf(scan);
  if (found.length === 0) return { ...facts, findings: [], suppressed: [] };
  const sayings = await readSayings(db, { repository, digest, now: options.now });
  const { inForce, suppressed } = partFindings(found, sayings, options.trustsClaims);
  return { ...facts, findings: inForce, suppressed };
}

interface Found {
  readonly repositoryId: Place["id"];
  readonly namespaceId: Place["namespaceId"] | null;
  readonly digest: Digest;
  readonly vulnerability: string;
  readonly package: string;
  readonly version: string;
}

/** Whether one finding counts where it is; the results of images are read once, and only where anything was said. */
export function createForce(
  db: Db,
  { now, trustsClaims }: { readonly now: Date; readonly trustsClaims: boolean },
): (found: Found) => Promise<boolean> {
  const results = new Map<Digest, Promise<readonly ScanFinding[]>>();
  return async ({ repositoryId: id, namespaceId, digest, vulnerability, ...named }) => {
    const repository = { id, namespaceId: namespaceId ?? undefined };
    const sayings = await readSayings(db, { repository, digest, now });
    if (sayings.decisions.length + sayings.claims.length === 0) return true;
    const reading = results.get(digest) ?? findScan(db, digest).then(findingsOf);
    results.set(digest, reading);
    const meant = (await reading).filter(
      (one) =>
        one.id === vulnerability &&
        one.package.name === named.package &&
        one.package.version === named.version,
    );
    return partFindings(meant, sayings, trustsClaims).inForce.length > 0 || meant.length === 0;
  };
}

/** What counts for one image of one repository now. */
export async function readSayings(
  db: Db,
  image: ImageOfRepository & { readonly now: Date },
): Promise<Sayings> {
  return {
    decisions: await listDecisionsFor(db, image),
    claims: await listClaims(db, image.repository, image.digest),
  };
}

/** Of its last result, also while it is being renewed. */
export async function findingsOf(scan: Scan | undefined): Promise<readonly ScanFinding[]> {
  if (scan?.result === undefined) return [];
  return ((await readPacked(scan.result)) as ScanResult).findings;
}
