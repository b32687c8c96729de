import type { ScanFinding, ScanReport } from "../../contract/scans.ts";
import { toCsvRow } from "../../lib/csv.ts";
import { worstFirst } from "./order.ts";

/** What each row of a table of findings begins with: in which image. */
export interface CsvImage {
  readonly image: string;
  readonly digest: string | null;
  readonly platform: string | null;
}

const COLUMNS = [
  ...["image", "digest", "platform", "vulnerability", "severity", "type", "package", "version"],
  ...["fixed_version", "cvss", "epss", "known_exploited", "path", "layer", "introduced_by"],
  ...["counts", "decision", "reason", "author"],
] as const;

export const CSV_HEAD = toCsvRow(COLUMNS);

/** All findings of one report, those that count first. */
export function toCsv(report: ScanReport): readonly string[] {
  const rows = toCsvRows(report, report.findings, report.suppressed);
  // Lines are printed with an end of their own.
  return [CSV_HEAD, ...rows].map((row) => row.replace(/\r\n$/, ""));
}

export function toCsvRows(
  image: CsvImage,
  findings: readonly ScanFinding[],
  suppressed: readonly ScanFinding[],
): readonly string[] {
  return [
    ...worstFirst(findings).map((finding) => toRow(image, finding, "yes")),
    ...worstFirst(suppressed).map((finding) => toRow(image, finding, "no")),
  ];
}

function toRow(image: CsvImage, finding: ScanFinding, counts: "yes" | "no"): string {
  const { id, severity, package: found, fixedVersion, cvss, epss, vex = [] } = finding;
  const [said] = vex;
  return toCsvRow([
    ...[image.image, image.digest ?? "", image.platform ?? "", id, severity],
    ...[found.type, found.name, found.version, fixedVersion ?? "", String(cvss?.score ?? "")],
    ...[epss === null ? "" : String(epss), finding.isKnownExploited ? "yes" : "no"],
    ...[finding.path, String(finding.layer + 1), finding.introducedBy ?? "", counts],
    ...[said?.status ?? "", said?.reason ?? "", said?.author ?? ""],
  ]);
}
