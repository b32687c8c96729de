import { expect, test } from "vitest";
import { type ScanFinding, type ScanReport, scanReport } from "../../contract/scans.ts";
import { toJunit } from "./junit.ts";
import { toSarif } from "./sarif.ts";
import { countBySeverity, selectFindings } from "./select.ts";
import { toTable } from "./table.ts";
import { sumUp, toText } from "./text.ts";

const NGINX: ScanFinding = {
  id: "CVE-2023-44487",
  aliases: [],
  severity: "high",
  package: { type: "deb", name: "nginx", version: "1.22.1-9" },
  installed: [],
  ecosystem: "Debian:12",
  status: "fixed",
  fixedVersion: "1.22.1-9+deb12u1",
  title: "HTTP/2 rapid reset",
  cvss: { score: 7.5, vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" },
  epss: 0.94,
  isKnownExploited: true,
  path: "var/lib/dpkg/status",
  layer: 2,
  introducedBy: "RUN apt-get install -y nginx",
};
const PERL: ScanFinding = {
  ...NGINX,
  id: "CVE-2026-1",
  severity: "low",
  package: { type: "deb", name: "perl", version: "5.36.0-7" },
  installed: ["libperl5.36", "perl", "perl-base", "perl-modules-5.36"],
  fixedVersion: null,
  title: "",
  cvss: null,
  epss: null,
  isKnownExploited: false,
  layer: 0,
  introducedBy: null,
};

function reportOf(findings: readonly ScanFinding[], more: Partial<ScanReport> = {}): ScanReport {
  return scanReport.parse({
    image: "acme/web:1",
    digest: `sha256:${"a".repeat(64)}`,
    platform: "linux/amd64",
    scannedAt: "2026-11-28T09:00:00.000Z",
    distribution: { id: "debian", version: "12", name: "Debian GNU/Linux 12 (bookworm)" },
    packages: 88,
    summary: countBySeverity(findings),
    findings,
    coverage: [
      {
        ecosystem: "Debian:12",
        packages: 88,
        advisories: 18_424,
        newest: "2026-11-20",
        listsOpen: false,
      },
    ],
    flaws: [],
    conflicts: [],
    setAside: [],
    problems: [],
    ...more,
  });
}

test("the text says of each finding what, why, since which instruction and what to do, the worst last", () => {
  expect(toText(reportOf([NGINX, PERL])).join("\n")).toBe(
    [
      "✗ Low severity vulnerability found in perl 5.36.0-7 (libperl5.36, perl, perl-base and 1 more)",
      "  Description: CVE-2026-1",
      "  Introduced by: var/lib/dpkg/status   (layer 1)",
      "  Solution: no fixed version is known",
      "",
      "✗ High severity vulnerability found in nginx 1.22.1-9",
      "  Description: CVE-2023-44487 (CVSS 7.5, EPSS 94 %, known exploited)",
      "  Info: HTTP/2 rapid reset",
      "  Introduced by: RUN apt-get install -y nginx   (layer 3)",
      "  Solution: Upgrade to 1.22.1-9+deb12u1",
      "",
      "Image:        acme/web:1",
      `Digest:       sha256:${"a".repeat(64)}`,
      "Platform:     linux/amd64",
      "Distribution: Debian GNU/Linux 12 (bookworm)",
      "",
      "Tested 88 packages for known vulnerabilities, found 2 (1 high, 1 low)",
    ].join("\n"),
  );
});

test("where nothing is known, nothing found is not called clean without a word", () => {
  const coverage = [
    { ecosystem: "NuGet", packages: 3, advisories: 0, newest: null, listsOpen: false },
  ];
  const problems = [{ path: "app/x.jar", layer: 1, reason: "it is no zip file" }];
  const lines = toText(reportOf([], { coverage, problems }));
  expect(lines.slice(-3)).toEqual([
    "! 3 packages of NuGet could not be checked: no advisories of it are here",
    "! app/x.jar could not be read: it is no zip file",
    "✓ Tested 88 packages for known vulnerabilities, none found",
  ]);
});

test("what an image or an advisory says moves no terminal's cursor", () => {
  const hostile = { ...NGINX, title: "\u001b[2Jgone\r\n\u202e", path: "a\u0007b" };
  for (const lines of [toText(reportOf([hostile])), toTable(reportOf([hostile]))]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
    expect(lines.join("")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  }
});

test("the table has a line for each finding, in columns", () => {
  expect(toTable(reportOf([NGINX, PERL]))).toEqual([
    "PACKAGE  VERSION   VULNERABILITY   SEVERITY  FIXED IN          PATH",
    "perl     5.36.0-7  CVE-2026-1      low       -                 var/lib/dpkg/status",
    "nginx    1.22.1-9  CVE-2023-44487  high      1.22.1-9+deb12u1  var/lib/dpkg/status",
    "",
    "Tested 88 packages for known vulnerabilities, found 2 (1 high, 1 low)",
  ]);
  expect(toTable(reportOf([]))).toEqual([sumUp(reportOf([]))]);
});

test("SARIF has one rule for each vulnerability, though several packages have it", () => {
  const other = { ...NGINX, package: { ...NGINX.package, name: "nginx-common" } };
  const sarif = toSarif(reportOf([NGINX, other, PERL]), "1.0.0");
  expect(sarif).toMatchObject({
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            rules: [
              { id: "CVE-2023-44487", properties: { "security-severity": "7.5" } },
              { id: "CVE-2026-1", properties: { "security-severity": "2.0" } },
            ],
          },
        },
        results: [
          { ruleId: "CVE-2023-44487", ruleIndex: 0, level: "error" },
          { ruleId: "CVE-2023-44487", ruleIndex: 0, level: "error" },
          { ruleId: "CVE-2026-1", ruleIndex: 1, level: "note" },
        ],
      },
    ],
  });
});

test("JUnit counts each finding as a test that failed, and escapes what it repeats", () => {
  const hostile = { ...NGINX, title: '</failure><x a="1">&' };
  const xml = toJunit(reportOf([hostile])).join("\n");
  expect(xml).toContain('<testsuites tests="1" failures="1">');
  expect(xml).toContain("&#60;/failure&#62;&#60;x a=&#34;1&#34;&#62;&#38;");
  expect(toJunit(reportOf([])).join("\n")).toContain('<testcase name="no known vulnerability"/>');
});

test("a severity asks for it and what is worse, and the counts follow", () => {
  expect(selectFindings(reportOf([NGINX, PERL]), { severity: "medium" })).toMatchObject({
    findings: [{ id: "CVE-2023-44487" }],
    summary: { high: 1, low: 0 },
  });
  expect(selectFindings(reportOf([NGINX, PERL]), { onlyFixed: true }).findings).toHaveLength(1);
});
