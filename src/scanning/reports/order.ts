import { type ScanFinding, SEVERITIES, type Severity } from "../../contract/scans.ts";

/** 0 for what nobody has judged, and more for what is worse. */
export function rankOf(severity: Severity): number {
  return SEVERITIES.length - 1 - SEVERITIES.indexOf(severity);
}

/** The worst last, where a terminal's reader is; within a severity by package, then by name. */
export function inReadingOrder(findings: readonly ScanFinding[]): readonly ScanFinding[] {
  return [...findings].sort(
    (a, b) =>
      rankOf(a.severity) - rankOf(b.severity) ||
      compareText(a.package.name, b.package.name) ||
      compareText(a.id, b.id) ||
      compareText(a.path, b.path),
  );
}

/** The worst first, as programs and pages list them. */
export function worstFirst(findings: readonly ScanFinding[]): readonly ScanFinding[] {
  return inReadingOrder(findings).toSorted((a, b) => rankOf(b.severity) - rankOf(a.severity));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
