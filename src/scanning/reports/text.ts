import { type ScanFinding, type ScanReport, SEVERITIES } from "../../contract/scans.ts";
import type { VexRemark } from "../../contract/vex.ts";
import { printable } from "../../lib/printable.ts";
import { inReadingOrder } from "./order.ts";

/** The form that users of `docker scan` know: one paragraph for each finding, the worst last, then what was tested. */
export function toText(report: ScanReport): readonly string[] {
  const { image, platform, distribution } = report;
  const facts = [
    ["Image", image],
    ["Digest", report.digest],
    ["Platform", platform],
    ["Base image", report.baseImage?.name ?? null],
    ["Distribution", distribution?.name ?? null],
  ] as const;
  const head = facts.flatMap(([name, value]) =>
    value === null ? [] : [`${`${name}:`.padEnd(14)}${printable(value)}`],
  );
  return [
    ...inReadingOrder(report.findings).flatMap((finding) => [...describe(finding), ""]),
    ...head,
    "",
    ...warningsOf(report),
    ...hintsOf(report),
    sumUp(report),
  ];
}

/** "Tested 88 packages for known vulnerabilities, found 15 (1 critical, 14 high)." */
export function sumUp({ packages, findings, summary }: ScanReport): string {
  const tested = `Tested ${count(packages, "package")} for known vulnerabilities`;
  if (findings.length === 0) return `✓ ${tested}, none found`;
  const parts = SEVERITIES.filter((severity) => summary[severity] > 0);
  const shares = parts.map((severity) => `${summary[severity]} ${severity}`).join(", ");
  return `${tested}, found ${findings.length} (${shares})`;
}

function describe(finding: ScanFinding): readonly string[] {
  const { severity, installed, fixedVersion, path } = finding;
  const { name, version } = finding.package;
  const label = severity === "unknown" ? "Unrated" : severity[0]?.toUpperCase() + severity.slice(1);
  const shown = installed.slice(0, 3).join(", ");
  const more = installed.length > 3 ? ` and ${installed.length - 3} more` : "";
  const places = installed.length === 0 ? "" : ` (${shown}${more})`;
  const lines = [
    `✗ ${label} severity vulnerability found in ${name} ${version}${places}`,
    `  Description: ${finding.id}${remarksOf(finding)}`,
    ...(finding.title === "" ? [] : [`  Info: ${finding.title}`]),
    `  Introduced by: ${finding.introducedBy ?? path}   (layer ${finding.layer + 1})`,
    `  Solution: ${fixedVersion === null ? noSolution(finding) : `Upgrade to ${fixedVersion}`}${finding.inBase === true ? " (in the base image)" : ""}`,
    ...(finding.vex ?? []).map((remark) => `  ${describeRemark(remark)}`),
  ];
  return lines.map(printable);
}

/** "Decided: not affected (vulnerable code not in execute path), until 2027-01-01, by olaf: we do not serve HTTP/2" */
function describeRemark(remark: VexRemark): string {
  const { status, justification, reason, author, from, pushedBy, expiresAt } = remark;
  const words = (text: string) => text.replaceAll("_", " ");
  const why = justification === null ? "" : ` (${words(justification)})`;
  const until = expiresAt === null ? "" : `, until ${expiresAt.slice(0, 10)}`;
  const pusher = pushedBy === null ? "" : `, pushed by ${pushedBy}`;
  const whose = author === "" ? "" : `, by ${author}`;
  const label = from === "decision" ? "Decided" : "Claimed beside the image";
  const said = reason === "" ? "" : `: ${reason}`;
  return `${label}: ${words(status)}${why}${until}${whose}${pusher}${said}`;
}

/** What was decided to be none, as `--suppressed` shows it. */
export function toSuppressedText({ suppressed }: ScanReport): readonly string[] {
  return inReadingOrder(suppressed).flatMap((finding) => {
    const { id, severity, package: found, vex = [] } = finding;
    return [
      `- ${id} (${severity}) in ${found.name} ${found.version} does not count`,
      ...vex.map((remark) => `  ${describeRemark(remark)}`),
      "",
    ].map(printable);
  });
}

function remarksOf({ cvss, epss, isKnownExploited }: ScanFinding): string {
  const remarks = [
    ...(cvss === null ? [] : [`CVSS ${cvss.score}`]),
    ...(epss === null ? [] : [`EPSS ${formatShare(epss)}`]),
    ...(isKnownExploited ? ["known exploited"] : []),
  ];
  return remarks.length === 0 ? "" : ` (${remarks.join(", ")})`;
}

function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent >= 10 ? Math.round(percent) : percent.toFixed(1)} %`;
}

function noSolution({ status }: ScanFinding): string {
  return status === "will-not-fix" ? "its vendor will not fix it" : "no fixed version is known";
}

/** Nothing found means little where little is known: that is said, and never hidden. */
function warningsOf({ coverage, setAside, problems }: ScanReport): readonly string[] {
  const unknown = coverage.filter(({ advisories }) => advisories === 0);
  return [
    ...setAside.map(
      ({ packages, reason }) => `! ${count(packages, "package")} could not be checked: ${reason}`,
    ),
    ...unknown.map(
      ({ ecosystem, packages }) =>
        `! ${count(packages, "package")} of ${ecosystem} could not be checked: no advisories of it are here`,
    ),
    ...problems.map(({ path, reason }) => `! ${path} could not be read: ${reason}`),
  ].map(printable);
}

/** Flaws and conflicts as `--flaws` shows them, before everything else. */
export function toFlawText({ flaws, conflicts }: ScanReport): readonly string[] {
  const told = flaws.flatMap(({ severity, title, why, fix, detail, path, instruction }) => [
    `✗ ${severity[0]?.toUpperCase()}${severity.slice(1)} severity flaw: ${title}`,
    ...(detail === null ? [] : [`  Found: ${detail}`]),
    `  Why: ${why}`,
    ...(instruction === null && path === null ? [] : [`  Where: ${instruction ?? path}`]),
    `  Solution: ${fix}`,
    "",
  ]);
  const apart = conflicts.map(({ message }) => `✗ Does not fit: ${message}`);
  return [...told, ...apart, ...(apart.length > 0 ? [""] : [])].map(printable);
}

function hintsOf({ flaws, conflicts, suppressed }: ScanReport): readonly string[] {
  const parts = [
    ...(flaws.length > 0 ? [count(flaws.length, "flaw")] : []),
    ...(conflicts.length > 0
      ? [count(conflicts.length, "conflict of packages", "conflicts of packages")]
      : []),
  ];
  const away = count(suppressed.length, "finding does", "findings do");
  return [
    ...(parts.length === 0 ? [] : [`Beside them: ${parts.join(" and ")} (--flaws shows them)`]),
    ...(suppressed.length === 0
      ? []
      : [`${away} not count, as was decided (--suppressed shows them)`]),
  ];
}

function count(amount: number, word: string, words = `${word}s`): string {
  return `${amount} ${amount === 1 ? word : words}`;
}
