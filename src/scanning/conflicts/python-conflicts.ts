import { satisfies } from "@renovatebot/pep440";
import type { DeclaredDependency, PlacedPackage } from "../inventory/model.ts";
import {
  type Conflict,
  checkDependencies,
  describeAll,
  describePackage,
  describeWanted,
  groupBy,
} from "./conflict.ts";

/** What one comparison of PEP 440 costs, in those of the distributions. */
const SLOW = 10;

/**
 * What `pip check` would complain about, for each interpreter: a requirement counts for what lies in the folders that this interpreter
 * looks into, and under its condition as far as that can be told without running anything.
 */
export function findPythonConflicts(packages: readonly PlacedPackage[]): Conflict[] {
  const installed = packages.filter(({ type, locked }) => type === "pypi" && locked !== true);
  const places = groupBy(installed, ({ path }) => siteOf(path));
  const interpreters = groupBy(installed, ({ path }) => interpreterOf(siteOf(path)));
  const several = [...places.values()].flatMap(severalVersions);
  const broken = [...interpreters.values()].flatMap((visible) => {
    const byName = groupBy(visible, ({ name }) => normalise(name));
    return checkDependencies(visible, {
      costOf: ({ name }) => (byName.get(normalise(name))?.length ?? 0) * SLOW,
      check: (found, dependency) => check(found, dependency, byName),
    });
  });
  return [...several, ...broken];
}

/** The folder that holds the distribution's metadata. */
function siteOf(path: string): string {
  return path.replace(/\/[^/]+\.(?:dist|egg)-info(?:\/.*)?$|\/EGG-INFO\/.*$/, "");
}

/** Debian's looks into /usr/local and /usr alike. */
function interpreterOf(site: string): string {
  return site.replace(
    /^usr\/(?:local\/)?lib\/python3(?:\.\d+)?\/dist-packages$/,
    "usr/lib/python3",
  );
}

/** PEP 503. */
function normalise(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

function check(
  found: PlacedPackage,
  dependency: DeclaredDependency,
  byName: ReadonlyMap<string, readonly PlacedPackage[]>,
): Conflict | undefined {
  if (dependency.kind !== "requires" || !applies(dependency.condition, found.path))
    return undefined;
  const candidates = byName.get(normalise(dependency.name)) ?? [];
  const place = { package: found, wants: dependency, found: candidates };
  const wanted = describeWanted(dependency);
  if (candidates.length === 0) {
    const message = `${describePackage(found)} requires ${wanted}, which is not installed`;
    return { kind: "missing", ...place, message };
  }
  if (candidates.some(({ version }) => isSatisfied(version, dependency.constraint)))
    return undefined;
  const message = `${describePackage(found)} requires ${wanted}, but ${describeAll(candidates)} is installed`;
  return { kind: "unsatisfied", ...place, message };
}

function isSatisfied(version: string, constraint: string | undefined): boolean {
  if (constraint === undefined) return true;
  try {
    return satisfies(version, constraint, { prereleases: true });
  } catch {
    // What pip itself would not understand is no requirement that could be broken.
    return true;
  }
}

/** Only conditions that name nothing but the interpreter's version are decided; others depend on machine and platform, and are left alone. */
function applies(condition: string | undefined, path: string): boolean {
  if (condition === undefined) return true;
  const [, python] = /\/python(\d+\.\d+)\//.exec(path) ?? [];
  const clauses = condition.replace(/[()]/g, " ").split(/\s+and\s+/);
  if (python === undefined || condition.includes(" or ")) return false;
  return clauses.every((clause) => {
    const [, operator, version = ""] =
      /^\s*python_version\s*([<>=!~]{1,2})\s*["']([\d.]+)["']\s*$/.exec(clause) ?? [];
    return operator !== undefined && isSatisfied(python, `${operator}${version}`);
  });
}

/** Python loads the first of a name that it finds. */
function severalVersions(there: readonly PlacedPackage[]): Conflict[] {
  return [...groupBy(there, ({ name }) => normalise(name)).values()].flatMap((same) => {
    const [first, ...others] = same;
    const different = others.filter(({ version }) => version !== first?.version);
    if (first === undefined || different.length === 0) return [];
    return {
      kind: "several-versions" as const,
      package: first,
      found: different,
      message: `${first.name} lies in one folder in the versions ${same.map(({ version }) => version).join(", ")}; only one can be loaded`,
    };
  });
}
