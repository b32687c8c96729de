import {
  type ScanFinding,
  type ScanReport,
  SEVERITIES,
  type Severity,
} from "../../contract/scans.ts";
import { rankOf } from "./order.ts";

export interface Selection {
  /** This severity and what is worse. */
  readonly severity?: Severity | undefined;
  readonly onlyFixed?: boolean;
}

/** The report with only these findings, and its counts as of them. */
export function selectFindings(report: ScanReport, { severity, onlyFixed }: Selection): ScanReport {
  const isSelected = (finding: ScanFinding) =>
    (severity === undefined || isAsBad(finding, severity)) &&
    (onlyFixed !== true || finding.fixedVersion !== null);
  const findings = report.findings.filter(isSelected);
  const suppressed = report.suppressed.filter(isSelected);
  return { ...report, findings, suppressed, summary: countBySeverity(findings) };
}

export function isAsBad(finding: Pick<ScanFinding, "severity">, severity: Severity): boolean {
  return rankOf(finding.severity) >= rankOf(severity);
}

export function countBySeverity(
  findings: readonly Pick<ScanFinding, "severity">[],
): ScanReport["summary"] {
  const counts = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0]));
  for (const { severity } of findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts as ScanReport["summary"];
}
