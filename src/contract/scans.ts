import { z } from "zod";
import { pageQuery } from "./pages.ts";
import { vexRemark } from "./vex.ts";

export const SCANS_PATH = "/api/v1/scans";
export const SBOMS_PATH = "/api/v1/sboms";
export const SCAN_COMPARISONS_PATH = "/api/v1/scan-comparisons";
export const FINDING_EXPORTS_PATH = "/api/v1/finding-exports";
export const FINDINGS_PATH = "/api/v1/findings";
export const SCANNED_PACKAGES_PATH = "/api/v1/packages";

/** From the worst to the least. `unknown`: nobody has judged it. */
export const SEVERITIES = ["critical", "high", "medium", "low", "negligible", "unknown"] as const;
export type Severity = (typeof SEVERITIES)[number];

const reference = z.string().max(300).describe("A tag or a digest");
const platform = z.string().max(100).optional().describe("Of an index, such as linux/arm64");
const severity = z.enum(SEVERITIES);

/** What an advisory names: of a distribution the source, which several packages of an image may be built from. */
const scannedPackage = z.object({
  type: z.string().describe("As in package URLs: deb, apk, rpm, npm, pypi, golang, maven, ..."),
  name: z.string(),
  version: z.string(),
});

const place = {
  path: z.string().describe("The file that names it"),
  layer: z.int().nonnegative().describe("From 0 at the bottom"),
  introducedBy: z.string().nullable().describe("The instruction that made that layer"),
};

export const scanFinding = z.object({
  id: z.string().describe("Such as CVE-2023-44487"),
  aliases: z.array(z.string()),
  severity,
  package: scannedPackage,
  installed: z
    .array(z.string())
    .describe("The packages of the image that are meant, where they have other names"),
  ecosystem: z.string().describe("Whose advisories say so, in the words of OSV: Debian:12, npm"),
  status: z.string().describe("What whoever wrote the advisory says of it: fixed, affected, ..."),
  fixedVersion: z.string().nullable(),
  title: z.string(),
  cvss: z.object({ score: z.number(), vector: z.string() }).nullable(),
  epss: z
    .number()
    .nullable()
    .describe("FIRST.org's probability that it is exploited within 30 days"),
  isKnownExploited: z.boolean().describe("In CISA's catalogue of exploited vulnerabilities"),
  ...place,
  vex: z
    .array(vexRemark)
    .optional()
    .describe("What was decided about it, which counts, and what documents beside the image claim"),
  inBase: z
    .boolean()
    .optional()
    .describe("Its package comes from the base image, where it is mended best"),
});

/** How much is known about the packages of one kind; where nothing is, nothing found means nothing. */
const coverage = z.object({
  ecosystem: z.string(),
  packages: z.int().nonnegative(),
  advisories: z.int().nonnegative(),
  newest: z.string().nullable().describe("The day of the newest advisory"),
  listsOpen: z
    .boolean()
    .describe("Whether vulnerabilities without a fix are listed; else there may be more"),
});

const setAside = z.object({ reason: z.string(), packages: z.int().positive() });

/** Something about the image itself that should be otherwise. */
const scanFlaw = z.object({
  id: z.string(),
  severity,
  title: z.string(),
  why: z.string(),
  fix: z.string(),
  detail: z.string().nullable().describe("What exactly was found"),
  path: z.string().nullable(),
  line: z.int().nullable(),
  layer: z.int().nullable(),
  instruction: z.string().nullable().describe("The step of the build that did it"),
});

/** Packages that do not fit together. */
const scanConflict = z.object({
  kind: z.string().describe("missing, unsatisfied, incompatible, several-versions, two-owners"),
  package: scannedPackage,
  message: z.string(),
});

const scanSummary = z.object({
  critical: z.int(),
  high: z.int(),
  medium: z.int(),
  low: z.int(),
  negligible: z.int(),
  unknown: z.int(),
});

/** What is known of one image. */
export const scanReport = z.object({
  image: z.string(),
  digest: z.string().nullable().describe("Of the manifest; null for an archive that has none"),
  platform: z.string().nullable(),
  scannedAt: z.iso.datetime(),
  distribution: z.object({ id: z.string(), version: z.string(), name: z.string() }).nullable(),
  baseImage: z
    .object({ name: z.string(), digest: z.string(), layers: z.int().positive() })
    .nullable()
    .default(null)
    .describe("What it was built on, as far as the hub has that and the caller may pull it"),
  packages: z.int().nonnegative(),
  summary: scanSummary,
  findings: z.array(scanFinding),
  suppressed: z
    .array(scanFinding)
    .default([])
    .describe("What would be a finding, had nobody decided that it is none; it counts nowhere"),
  flaws: z.array(scanFlaw),
  conflicts: z.array(scanConflict),
  coverage: z.array(coverage),
  setAside: z.array(setAside).describe("Packages that were not compared with advisories, and why"),
  problems: z
    .array(z.object({ path: z.string(), layer: z.int(), reason: z.string() }))
    .describe("Files that could not be read"),
});

/** `waiting`: its turn comes. `failed`: see the reason. `nothing`: what it is has no packages, a chart or a signature. */
const scanState = z.enum(["waiting", "done", "failed", "nothing"]);

export const imageScan = z.object({
  digest: z.string(),
  platform: z.string().nullable(),
  state: scanState,
  reason: z.string().nullable(),
  report: scanReport.nullable(),
});

/** Of an index one for each platform. */
export const imageScans = z.object({ image: z.string(), scans: z.array(imageScan) });

export const scanQuery = z.strictObject({ reference: reference.default("latest"), platform });
export const sbomQuery = scanQuery.extend({
  format: z.enum(["cyclonedx", "spdx", "spdx3"]).default("cyclonedx"),
});
export const attached = z.object({
  digest: z.string().describe("Of the manifest that names the image as its subject"),
  subject: z.string(),
});

/** A bill of materials that somebody else made of the image. */
const otherSbom = z.object({
  digest: z.string().describe("Of the manifest that holds it"),
  from: z.enum(["referrer", "attestation"]),
  format: z.enum(["cyclonedx", "spdx"]),
  tool: z.string(),
  packages: z.int().nonnegative(),
  onlyHere: z.array(scannedPackage).describe("What the hub found and it does not name"),
  onlyThere: z.array(scannedPackage).describe("What it names and the hub did not find"),
});
export const sbomComparison = z.object({
  image: z.string(),
  digest: z.string(),
  packages: z.int().nonnegative(),
  sboms: z.array(otherSbom),
});
export const SBOM_COMPARISONS_PATH = "/api/v1/sbom-comparisons";

export const rescan = z.strictObject({ reference: reference.default("latest") });
export const rescanned = z.object({ digests: z.array(z.string()) });

export const findingsQuery = pageQuery.extend({
  vulnerability: z.string().min(3).max(100).describe("Such as CVE-2021-44228"),
});

export const findingExportQuery = z.strictObject({
  format: z.enum(["csv", "sarif"]).default("csv"),
  repository: z.string().max(255).optional(),
  namespace: z.string().max(255).optional(),
  severity: severity.optional().describe("This one and what is worse"),
  vulnerability: z.string().max(100).optional(),
});

export const packagesQuery = pageQuery.extend({
  name: z.string().min(1).max(300).describe("Such as org.apache.logging.log4j:log4j-core"),
  type: z.string().max(20).optional(),
  below: z.string().max(200).optional().describe("Versions before this one"),
});

/** An image of a repository that the caller may pull, with what was asked for in it. */
const holder = z.object({
  repository: z.string(),
  digest: z.string(),
  tags: z.array(z.string()).describe("Up to ten"),
});
export const findingHolder = holder.extend({
  vulnerability: z.string(),
  package: z.string(),
  version: z.string(),
  severity,
  fixedVersion: z.string().nullable(),
  isInForce: z.boolean().describe("False where somebody decided that it is none there"),
});
export const packageHolder = holder.extend({
  type: z.string(),
  package: z.string(),
  version: z.string(),
});

export const comparisonQuery = z.strictObject({
  from: reference.default("latest"),
  to: reference.default("latest"),
  platform,
});

const versions = z.object({ type: z.string(), name: z.string(), versions: z.array(z.string()) });
export const scanComparison = z.object({
  packages: z.object({
    added: z.array(versions),
    removed: z.array(versions),
    changed: z.array(
      z.object({
        type: z.string(),
        name: z.string(),
        from: z.array(z.string()),
        to: z.array(z.string()),
      }),
    ),
  }),
  findings: z.object({ added: z.array(scanFinding), removed: z.array(scanFinding) }),
});

export type ScanReport = z.output<typeof scanReport>;
export type ScanFlaw = z.output<typeof scanFlaw>;
export type ScanConflict = z.output<typeof scanConflict>;
export type ScanFinding = z.output<typeof scanFinding>;
