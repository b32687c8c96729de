import { compareRpm } from "../../lib/version-order/rpm.ts";
import type { DeclaredDependency, PlacedPackage } from "../inventory/model.ts";
import {
  type Conflict,
  checkDependencies,
  describeAll,
  describePackage,
  describeWanted,
  groupBy,
} from "./conflict.ts";

type Relation = Pick<DeclaredDependency, "name" | "constraint">;

/** Something that a package provides: itself, a library, a capability. */
interface Offer extends Relation {
  readonly package: PlacedPackage;
}

/**
 * What `rpm --verify` would complain about: Requires and Conflicts. Files that are required by their path are left alone, as not
 * every path that packages own is kept, and so are conditions (`(a if b)`).
 */
export function findRpmConflicts(packages: readonly PlacedPackage[]): Conflict[] {
  const installed = packages.filter(({ type }) => type === "rpm");
  const offers = groupBy(installed.flatMap(offersOf), ({ name }) => name);
  return checkDependencies(installed, {
    costOf: ({ name, kind }) => (kind === "provides" ? 0 : (offers.get(name)?.length ?? 0)),
    check: (found, dependency) => {
      if (/^[(/]/.test(dependency.name)) return undefined;
      const present = offers.get(dependency.name) ?? [];
      if (dependency.kind === "requires") return unmet(found, dependency, present);
      return dependency.kind === "conflicts" ? excluded(found, dependency, present) : undefined;
    },
  });
}

function offersOf(found: PlacedPackage): Offer[] {
  const provided = (found.dependencies ?? []).filter(({ kind }) => kind === "provides");
  // Packages provide their own name; those that were built before rpm did that do not say so.
  const own = { name: found.name, constraint: `= ${found.version}`, package: found };
  return [own, ...provided.map((relation) => ({ ...relation, package: found }))];
}

function unmet(
  found: PlacedPackage,
  dependency: DeclaredDependency,
  present: readonly Offer[],
): Conflict | undefined {
  if (present.some((offer) => overlap(offer, dependency))) return undefined;
  const others = [...new Set(present.map((offer) => offer.package))];
  const wanted = `${describePackage(found)} requires ${describeWanted(dependency)}`;
  return {
    kind: others.length === 0 ? "missing" : "unsatisfied",
    package: found,
    wants: dependency,
    found: others,
    message:
      others.length === 0
        ? `${wanted}, which is not installed`
        : `${wanted}, but ${describeAll(others)} is installed`,
  };
}

function excluded(
  found: PlacedPackage,
  dependency: DeclaredDependency,
  present: readonly Offer[],
): Conflict | undefined {
  // A package that conflicts with what it provides itself means all others.
  const conflicting = present.filter(
    (offer) => offer.package !== found && overlap(offer, dependency),
  );
  const others = [...new Set(conflicting.map((offer) => offer.package))];
  if (others.length === 0) return undefined;
  return {
    kind: "incompatible",
    package: found,
    wants: dependency,
    found: others,
    message: `${describePackage(found)} conflicts with ${describeWanted(dependency)}, and ${describeAll(others)} is installed`,
  };
}

/** Whether some version is in both ranges, as rpm's `rpmdsCompare` has it: a side without a version takes any. */
function overlap(one: Relation, other: Relation): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  if (a === undefined || b === undefined) return true;
  const order = compareRpm(a.version, b.version);
  if (order < 0) return a.operator.includes(">") || b.operator.includes("<");
  if (order > 0) return a.operator.includes("<") || b.operator.includes(">");
  return ["=", "<", ">"].some((sign) => a.operator.includes(sign) && b.operator.includes(sign));
}

function rangeOf({ constraint = "" }: Relation) {
  const [, operator, version] = /^([<>=]+)\s*(\S+)$/.exec(constraint) ?? [];
  return operator === undefined || version === undefined ? undefined : { operator, version };
}
