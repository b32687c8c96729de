import { satisfies } from "@renovatebot/ruby-semver";
import type { DeclaredDependency, PlacedPackage } from "../inventory/model.ts";
import {
  type Conflict,
  checkDependencies,
  describeAll,
  describePackage,
  describeWanted,
  groupBy,
} from "./conflict.ts";

/** What one comparison of RubyGems costs, in those of the distributions. */
const SLOW = 10;

/** Requirements of gems among those that one Ruby sees. Several versions of a gem are no conflict: RubyGems picks the one that fits. */
export function findGemConflicts(packages: readonly PlacedPackage[]): Conflict[] {
  const installed = packages.filter(({ type, locked }) => type === "gem" && locked !== true);
  const byName = groupBy(installed, ({ name }) => name);
  return checkDependencies(installed, {
    costOf: ({ name }) => (byName.get(name)?.length ?? 0) * SLOW,
    check: (found, dependency) => check(found, dependency, byName),
  });
}

function check(
  found: PlacedPackage,
  dependency: DeclaredDependency,
  byName: ReadonlyMap<string, readonly PlacedPackage[]>,
): Conflict | undefined {
  const candidates = byName.get(dependency.name) ?? [];
  if (candidates.some(({ version }) => isSatisfied(version, dependency.constraint)))
    return undefined;
  const wanted = describeWanted(dependency);
  const there = describeAll(candidates);
  return {
    kind: candidates.length === 0 ? "missing" : "unsatisfied",
    package: found,
    wants: dependency,
    found: candidates,
    message:
      candidates.length === 0
        ? `${describePackage(found)} depends on ${wanted}, which is not installed`
        : `${describePackage(found)} depends on ${wanted}, but ${there} is installed`,
  };
}

function isSatisfied(version: string, constraint: string | undefined): boolean {
  if (constraint === undefined) return true;
  try {
    return constraint.split(",").every((part) => satisfies(version, part.trim()));
  } catch {
    // What RubyGems itself would not understand is no requirement that could be broken.
    return true;
  }
}
