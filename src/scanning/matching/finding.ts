import type { AdvisoryIndex, Severity, VendorStatus } from "../../advisories/index.ts";
import type { PlacedPackage } from "../inventory/model.ts";

type Details = ReturnType<AdvisoryIndex["findDetails"]>;

/** One vulnerability of one package of an image. */
export interface Finding {
  /** The CVE where one is known, otherwise the advisory's id. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** "DSA-5380-1", "GHSA-..." */
  readonly advisories: readonly string[];
  /** Which feeds say so. */
  readonly sources: readonly string[];
  readonly ecosystem: string;
  /** What the advisory names: the source package of a distribution, or the package itself. */
  readonly name: string;
  /** The version that was compared. */
  readonly version: string;
  /** Every package of the image that is meant: all that were built from the source, every place of a library. */
  readonly packages: readonly PlacedPackage[];
  readonly status: VendorStatus;
  /** The least version with the fix that is not older than what is there. */
  readonly fixedIn?: string;
  readonly severity: Severity;
  /** "vendor", or the CVSS version that the severity comes from. */
  readonly severityFrom: "vendor" | "CVSS 4" | "CVSS 3" | "CVSS 2" | "nobody";
  readonly cvss?: { readonly vector: string; readonly score: number };
  readonly epss?: number;
  readonly knownExploited?: NonNullable<Details["knownExploited"]>;
  readonly exploits: readonly string[];
  readonly summary?: string;
  readonly published?: string;
  readonly references: readonly string[];
  readonly weaknesses: readonly string[];
}

/** What matching says of an image. */
export interface MatchResult {
  /** By package, then by id. */
  readonly findings: readonly Finding[];
  /** Packages that were not compared with advisories, and why: they are shown, so that nobody takes them for free of faults. */
  readonly setAside: readonly { readonly package: PlacedPackage; readonly reason: string }[];
  /** Ecosystems of packages in the image of which the index knows nothing. */
  readonly uncovered: readonly string[];
  /** Of the index that was asked. */
  readonly revision: string;
}
