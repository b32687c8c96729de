import { SEVERITIES, type Severity } from "../../advisories/index.ts";
import type { Finding } from "./finding.ts";

type Rating = Pick<Finding, "severity" | "severityFrom" | "cvss">;

/** The vendor's word comes first: it knows how the package was built. The worst of several counts. */
export function rateSeverity(
  vendors: readonly (Severity | undefined)[],
  _vectors: readonly string[],
): Rating {
  const known: readonly (Severity | undefined)[] = vendors.filter((one) => one !== "unknown");
  const worst = SEVERITIES.findLast((severity) => known.includes(severity));
  if (worst !== undefined) return { severity: worst, severityFrom: "vendor" };
  return { severity: "unknown", severityFrom: "nobody" };
}
