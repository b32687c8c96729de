import type { z } from "zod";
import type { ScanFinding, scanComparison } from "../../contract/scans.ts";
import type { PlacedPackage } from "../inventory/model.ts";
import { worstFirst } from "../reports/order.ts";
import type { ScanResult } from "../store/scan-result.ts";

type Comparison = z.output<typeof scanComparison>;
type Side = Pick<ScanResult, "inventory" | "findings">;

/** What one image has that the other has not: packages by name, findings by vulnerability and package. */
export function compareScans(from: Side, to: Side): Comparison {
  const [before, after] = [versionsOf(from.inventory.packages), versionsOf(to.inventory.packages)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const packages: Comparison["packages"] = { added: [], removed: [], changed: [] };
  for (const key of names) {
    const [old, fresh] = [before.get(key), after.get(key)];
    if (old === undefined && fresh !== undefined) packages.added.push(fresh);
    else if (fresh === undefined && old !== undefined) packages.removed.push(old);
    else if (old !== undefined && fresh !== undefined && !isEqual(old.versions, fresh.versions)) {
      const { type, name } = fresh;
      packages.changed.push({ type, name, from: old.versions, to: fresh.versions });
    }
  }
  return {
    packages,
    findings: {
      added: without(to.findings, from.findings),
      removed: without(from.findings, to.findings),
    },
  };
}

function versionsOf(packages: readonly PlacedPackage[]) {
  const found = new Map<string, { type: string; name: string; versions: string[] }>();
  for (const { type, name, version } of packages) {
    const key = `${type} ${name}`;
    const entry = found.get(key) ?? { type, name, versions: [] };
    if (!entry.versions.includes(version)) entry.versions.push(version);
    found.set(key, entry);
  }
  for (const { versions } of found.values()) versions.sort();
  return found;
}

/** A finding in another version of the same package is the same finding. */
function without(findings: readonly ScanFinding[], others: readonly ScanFinding[]): ScanFinding[] {
  const keyOf = ({ id, package: found }: ScanFinding) => `${id} ${found.type} ${found.name}`;
  const known = new Set(others.map(keyOf));
  return [...worstFirst(findings.filter((finding) => !known.has(keyOf(finding))))];
}

function isEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((version, index) => version === other[index]);
}
