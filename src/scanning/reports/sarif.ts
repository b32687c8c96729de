import type { ScanFinding, ScanReport, Severity } from "../../contract/scans.ts";
import { worstFirst } from "./order.ts";

export const LEVELS: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  negligible: "note",
  unknown: "note",
};

/** Where no score is known: what code scanning shows for the severity. */
const SCORES: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
  negligible: "0.5",
  unknown: "0.0",
};

/** SARIF 2.1.0 (OASIS), as code scanning of forges reads it: one rule for each vulnerability, one result for each package. */
export function toSarif(report: ScanReport, version: string): Readonly<Record<string, unknown>> {
  const findings = worstFirst(report.findings);
  const suppressed = worstFirst(report.suppressed);
  const all = [...findings, ...suppressed];
  const rules = new Map<string, ScanFinding>();
  for (const finding of all) if (!rules.has(finding.id)) rules.set(finding.id, finding);
  const places = new Map([...rules.keys()].map((id, index) => [id, index]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "berth", version, rules: [...rules.values()].map(toRule) } },
        results: [
          ...findings.map((finding) => toResult(finding, places.get(finding.id), report)),
          ...suppressed.map((finding) => ({
            ...toResult(finding, places.get(finding.id), report),
            suppressions: [{ kind: "external", status: "accepted", ...justify(finding) }],
          })),
        ],
      },
    ],
  };
}

function justify({ vex = [] }: ScanFinding) {
  const [first] = vex;
  return first === undefined ? {} : { justification: `${first.status}: ${first.reason}` };
}

function toRule(finding: ScanFinding) {
  const { id, title, severity, cvss } = finding;
  return {
    id,
    shortDescription: { text: title === "" ? id : title },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      "security-severity": cvss === null ? SCORES[severity] : cvss.score.toFixed(1),
      tags: ["vulnerability", severity],
    },
  };
}

function toResult(finding: ScanFinding, ruleIndex: number | undefined, { image }: ScanReport) {
  const { id, severity, package: found, fixedVersion, path, layer } = finding;
  const fix = fixedVersion === null ? "no fixed version is known" : `fixed in ${fixedVersion}`;
  return {
    ruleId: id,
    ruleIndex,
    level: LEVELS[severity],
    message: { text: `${found.name} ${found.version} in ${image}: ${id}, ${fix}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURI(path) } },
        logicalLocations: [{ name: `${found.name}@${found.version}`, kind: "package" }],
        message: { text: `layer ${layer + 1}` },
      },
    ],
    partialFingerprints: { finding: `${id}:${found.type}:${found.name}:${path}` },
  };
}
