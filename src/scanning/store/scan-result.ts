import type { ScanConflict, ScanFinding, ScanFlaw, ScanReport } from "../../contract/scans.ts";
import type { ImageInventory } from "../inventory/model.ts";
import { countBySeverity } from "../reports/select.ts";

/** What a scan keeps of an image: what is in it, which new advisories are matched against, and what was found. */
export interface ScanResult {
  readonly inventory: ImageInventory;
  /** The instruction that made each layer, as far as the image says. */
  readonly instructions: readonly (string | null)[];
  readonly platform: string | null;
  /** Digests of the plain layers, from the bottom. */
  readonly diffIds: readonly string[];
  readonly flaws: readonly ScanFlaw[];
  readonly conflicts: readonly ScanConflict[];
  readonly findings: readonly ScanFinding[];
  readonly coverage: ScanReport["coverage"];
  readonly setAside: ScanReport["setAside"];
}

export function toReport(
  result: ScanResult,
  facts: {
    readonly image: string;
    readonly digest: string | null;
    readonly scannedAt: Date;
    readonly suppressed?: readonly ScanFinding[];
  },
): ScanReport {
  const { inventory, platform, findings, flaws, conflicts, coverage, setAside } = result;
  const { distribution, packages, problems } = inventory;
  return {
    ...{ image: facts.image, digest: facts.digest, platform },
    scannedAt: facts.scannedAt.toISOString(),
    distribution:
      distribution === undefined
        ? null
        : { id: distribution.id, version: distribution.version, name: distribution.prettyName },
    baseImage: null,
    packages: packages.length,
    summary: countBySeverity(findings),
    findings: [...findings],
    suppressed: [...(facts.suppressed ?? [])],
    flaws: [...flaws],
    conflicts: [...conflicts],
    ...{ coverage, setAside },
    problems: [...problems],
  };
}
