import type { ScanFinding, ScanReport } from "../../contract/scans.ts";

interface Component {
  readonly "bom-ref"?: string;
  readonly name?: string;
  readonly version?: string;
  readonly purl?: string;
}

const SEVERITIES: Readonly<Record<ScanFinding["severity"], string>> = {
  critical: "critical",
  high: "high",
  medium: "medium",
  low: "low",
  negligible: "info",
  unknown: "unknown",
};

const STATES = {
  not_affected: "not_affected",
  affected: "exploitable",
  fixed: "resolved",
  under_investigation: "in_triage",
} as const;

/** A bill of materials in CycloneDX with what was found in its components, and what was decided about it. */
export function addFindings(
  bill: Readonly<Record<string, unknown>>,
  report: ScanReport,
): Readonly<Record<string, unknown>> {
  const components = (bill.components ?? []) as readonly Component[];
  const byName = Map.groupBy(components, ({ name = "" }) => name);
  const all = [...report.findings, ...report.suppressed];
  return {
    ...bill,
    vulnerabilities: all.map((finding, index) => toVulnerability(finding, { index, byName })),
  };
}

function toVulnerability(
  finding: ScanFinding,
  { index, byName }: { readonly index: number; readonly byName: Map<string, Component[]> },
) {
  const { id, severity, cvss, title, fixedVersion, vex = [] } = finding;
  const [said] = vex;
  return {
    "bom-ref": `vulnerability-${index + 1}`,
    id,
    ratings: [
      {
        severity: SEVERITIES[severity],
        ...(cvss === null ? {} : { score: cvss.score, vector: cvss.vector }),
      },
    ],
    ...(title === "" ? {} : { description: title }),
    ...(fixedVersion === null ? {} : { recommendation: `Upgrade to ${fixedVersion}` }),
    ...(said === undefined
      ? {}
      : { analysis: { state: STATES[said.status], detail: said.reason } }),
    affects: refsOf(finding, byName).map((ref) => ({ ref })),
  };
}

/** The components that are meant: of a distribution's source all that were built from it. */
function refsOf(
  { package: found, installed }: ScanFinding,
  byName: Map<string, Component[]>,
): readonly string[] {
  const own = (byName.get(found.name) ?? []).filter(({ version }) => version === found.version);
  const built = installed.flatMap((name) => byName.get(name) ?? []);
  const refs = [...own, ...built].flatMap((component) => component["bom-ref"] ?? []);
  return refs.length === 0 ? ["image"] : [...new Set(refs)];
}
