import type { ScanReport } from "../../contract/scans.ts";
import { printable } from "../../lib/printable.ts";
import { inReadingOrder } from "./order.ts";
import { sumUp } from "./text.ts";

const HEAD = ["PACKAGE", "VERSION", "VULNERABILITY", "SEVERITY", "FIXED IN", "PATH"];

/** One line for each finding. */
export function toTable(report: ScanReport): readonly string[] {
  const rows = inReadingOrder(report.findings).map((finding) =>
    [
      finding.package.name,
      finding.package.version,
      finding.id,
      finding.severity,
      finding.fixedVersion ?? "-",
      finding.path,
    ].map(printable),
  );
  if (rows.length === 0) return [sumUp(report)];
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, "", sumUp(report)];
}
