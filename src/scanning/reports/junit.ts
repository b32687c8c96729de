import type { ScanFinding, ScanReport } from "../../contract/scans.ts";
import { printable } from "../../lib/printable.ts";
import { worstFirst } from "./order.ts";

/** JUnit's XML, for build servers that show nothing else: each finding is a test that failed. */
export function toJunit(report: ScanReport): readonly string[] {
  const { findings, image } = report;
  const cases = worstFirst(findings).flatMap(toCase);
  const passed = findings.length === 0 ? ['    <testcase name="no known vulnerability"/>'] : [];
  const tests = Math.max(findings.length, 1);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${tests}" failures="${findings.length}">`,
    `  <testsuite name="${escapeXml(image)}" tests="${tests}" failures="${findings.length}">`,
    ...cases,
    ...passed,
    "  </testsuite>",
    "</testsuites>",
  ];
}

function toCase(finding: ScanFinding): readonly string[] {
  const { id, package: found, severity, fixedVersion, title, path } = finding;
  const name = escapeXml(`${id} in ${found.name} ${found.version}`);
  const fix = fixedVersion === null ? "no fixed version is known" : `upgrade to ${fixedVersion}`;
  return [
    `    <testcase classname="${escapeXml(`${found.type}.${found.name}`)}" name="${name}">`,
    `      <failure type="${severity}" message="${escapeXml(fix)}">${escapeXml(`${title} (${path})`)}</failure>`,
    "    </testcase>",
  ];
}

function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
