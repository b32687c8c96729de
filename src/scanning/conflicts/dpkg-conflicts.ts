import { compareDpkg } from "../../lib/version-order/dpkg.ts";
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

/** A package under its own name, or under one that it provides; a name that is provided has a version only where it says so. */
interface Offer {
  readonly package: PlacedPackage;
  readonly version: string | undefined;
  readonly isProvided: boolean;
}

/** What `apt-get check` and `dpkg --audit` would complain about: Depends, Conflicts and Breaks (Debian policy, section 7). */
export function findDpkgConflicts(packages: readonly PlacedPackage[]): Conflict[] {
  const installed = packages.filter(({ type }) => type === "deb");
  const offers = groupBy(installed.flatMap(offersOf), ({ name }) => name);
  const findOffers = (name: string): readonly Offer[] => offers.get(name) ?? [];
  return checkDependencies(installed, {
    costOf: (dependency) =>
      choicesOf(dependency).reduce((sum, { name }) => sum + findOffers(name).length, 0),
    check: (found, dependency) => {
      if (dependency.kind === "requires") return unmet(found, dependency, findOffers);
      if (dependency.kind !== "conflicts" && dependency.kind !== "breaks") return undefined;
      return excluded(found, dependency, findOffers);
    },
  });
}

function offersOf(found: PlacedPackage): (Offer & { name: string })[] {
  const provided = (found.dependencies ?? []).filter(({ kind }) => kind === "provides");
  return [
    { name: found.name, package: found, version: found.version, isProvided: false },
    ...provided.map(({ name, constraint }) => ({
      name,
      package: found,
      version: constraint?.replace(/^=\s*/, ""),
      isProvided: true,
    })),
  ];
}

function choicesOf(dependency: DeclaredDependency): readonly Relation[] {
  return [dependency, ...(dependency.alternatives ?? [])];
}

function unmet(
  found: PlacedPackage,
  dependency: DeclaredDependency,
  findOffers: (name: string) => readonly Offer[],
): Conflict | undefined {
  const choices = choicesOf(dependency);
  const isMet = choices.some((choice) =>
    findOffers(choice.name).some((offer) => meets(offer, choice)),
  );
  if (isMet) return undefined;
  const present = choices.flatMap(({ name }) => findOffers(name)).map((offer) => offer.package);
  const wanted = choices.map(describeWanted).join(" | ");
  return {
    kind: present.length === 0 ? "missing" : "unsatisfied",
    package: found,
    wants: dependency,
    found: present,
    message:
      present.length === 0
        ? `${describePackage(found)} depends on ${wanted}, which is not installed`
        : `${describePackage(found)} depends on ${wanted}, but ${describeAll(present)} is installed`,
  };
}

function excluded(
  found: PlacedPackage,
  dependency: DeclaredDependency,
  findOffers: (name: string) => readonly Offer[],
): Conflict | undefined {
  const others = findOffers(dependency.name)
    // A package that conflicts with what it provides itself means all others.
    .filter((offer) => offer.package.name !== found.name && meets(offer, dependency))
    .map((offer) => offer.package);
  if (others.length === 0) return undefined;
  const verb = dependency.kind === "breaks" ? "breaks" : "conflicts with";
  return {
    kind: "incompatible",
    package: found,
    wants: dependency,
    found: others,
    message: `${describePackage(found)} ${verb} ${describeWanted(dependency)}, and ${describeAll(others)} is installed`,
  };
}

/** `<` and `>` are the old way to write `<=` and `>=`. */
const OPERATORS: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "<<": (order) => order < 0,
  ">>": (order) => order > 0,
  "<=": (order) => order <= 0,
  ">=": (order) => order >= 0,
  "<": (order) => order <= 0,
  ">": (order) => order >= 0,
};

function meets(offer: Offer, { constraint }: Relation): boolean {
  const [, operator, version = ""] = /^([<>=]{1,2})\s*(\S+)$/.exec(constraint ?? "") ?? [];
  if (operator === undefined) return true;
  if (offer.version === undefined) return false;
  return OPERATORS[operator]?.(compareDpkg(offer.version, version)) ?? true;
}
