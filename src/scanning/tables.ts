import type { Generated } from "kysely";
import type { VexJustification, VexStatus } from "../contract/vex.ts";
import type { Digest } from "../oci/digest.ts";
import type { ManifestId } from "../registry/index.ts";
import type { DecisionScope } from "./decisions/decision.ts";

export type ScanId = number & { readonly __brand: "ScanId" };
export type PackageId = number & { readonly __brand: "PackageId" };

/** `nothing`: there are no packages in what it is. */
export type ScanState = "waiting" | "done" | "failed" | "nothing";

/** The rows that scanning owns. */
export interface ScanningTables {
  /** What is in a layer, the same for each image that has it. Made anew by a newer analyser. */
  layer_reports: {
    diff_id: string;
    analyser_version: number;
    /** A `LayerReport`: JSON, compressed. */
    report: Uint8Array;
    /** All of its files (`waste/packed-listing.ts`), unless there are too many. */
    listing: Uint8Array | null;
    made_at: number;
  };
  /** What the layers of an image hide of each other, by the chain id of the whole stack. */
  layer_wastes: {
    chain_id: string;
    analyser_version: number;
    /** An `ImageWaste`: JSON, compressed. Null where they could not be compared. */
    waste: Uint8Array | null;
    reason: string | null;
    made_at: number;
  };
  /** One for each manifest, in how many repositories it may be. */
  scans: {
    id: Generated<ScanId>;
    digest: Digest;
    state: ScanState;
    /** Why it failed, or why there is nothing to scan. */
    reason: string | null;
    analyser_version: number;
    /** Which index the findings come from. */
    advisories: string;
    /** What is in it and what was found: JSON, compressed. */
    result: Uint8Array | null;
    attempts: number;
    /** When its turn comes; while somebody works on it, when that is given up. */
    due_at: number;
    scanned_at: number | null;
    /** Of those that wait, the least comes first; each namespace has turns of its own. */
    turn: Generated<number>;
    /** The name of its whole stack of layers (image-spec, config.md), by which it is found as a base. */
    chain_id: string | null;
  };
  scanned_layers: { scan_id: ScanId; diff_id: string };
  /** Each package in one version once in the hub. */
  packages: { id: Generated<PackageId>; type: string; name: string; version: string };
  scanned_packages: { scan_id: ScanId; package_id: PackageId };
  findings: {
    scan_id: ScanId;
    vulnerability: string;
    package_id: PackageId;
    severity: string;
    fixed_version: string | null;
    found_at: number;
  };
  /** What people decided about findings. It counts while `ended_at` is null and `expires_at` is not over. */
  vex_decisions: {
    id: string;
    scope: DecisionScope["kind"];
    /** Of the namespace or repository; 0 for the hub. */
    scope_id: number;
    /** Of an image of the repository; otherwise empty. */
    digest: string;
    vulnerability: string;
    /** Empty: whatever package has it. */
    package: string;
    /** Empty: any version. */
    version: string;
    status: VexStatus;
    justification: VexJustification | null;
    reason: string;
    author: string;
    created_at: number;
    expires_at: number | null;
    /** When it was revoked, or when its expiry was noticed and told of. */
    ended_at: number | null;
    revoked_by: string | null;
    /** Up to which scan and manifest ("7-12") it was told what counts again; null while it is in force, and once all was told. */
    told_to: string | null;
  };
  /** What VEX documents beside images say; of a manifest that is gone they count no more. */
  vex_claims: {
    manifest_id: ManifestId;
    /** Within the document. */
    number: number;
    /** The image. */
    subject: Digest;
    vulnerability: string;
    package: string;
    version: string;
    status: VexStatus;
    justification: VexJustification | null;
    reason: string;
    author: string;
    pushed_by: string | null;
  };
  /** Images whose bill of materials is attached once they are scanned. */
  bills_due: { manifest_id: ManifestId };
  /** Up to which manifest they were looked at. */
  scan_positions: { name: string; position: number };
}
