import type { DeclaredDependency, PlacedPackage } from "../inventory/model.ts";

export type ConflictKind =
  /** What it needs is not there. */
  | "missing"
  /** It is there in a version that does not do. */
  | "unsatisfied"
  /** Two that must not be installed together are. */
  | "incompatible"
  /** Several versions lie where only one can be loaded. */
  | "several-versions"
  /** A package manager has overwritten what another one owns. */
  | "two-owners";

/** Packages of an image that do not fit together. */
export interface Conflict {
  readonly kind: ConflictKind;
  readonly package: PlacedPackage;
  /** What the package declares; absent where nothing declared is at stake. */
  readonly wants?: Pick<DeclaredDependency, "name" | "constraint">;
  /** What is there instead, or as well. */
  readonly found: readonly PlacedPackage[];
  /** One sentence for people. */
  readonly message: string;
}

/** "libssl3 (>= 3.0.0)" */
export function describeWanted({
  name,
  constraint,
}: Pick<DeclaredDependency, "name" | "constraint">): string {
  return constraint === undefined || constraint === "" ? name : `${name} (${constraint})`;
}

export function describePackage({ name, version }: PlacedPackage): string {
  return `${name} ${version}`;
}

/** Beyond that nobody reads on: an image says what it likes of its packages. */
const MOST_NAMED = 10;
const MOST_CONFLICTS = 1000;
/** Far more than the largest distribution with everything installed comes to, and seconds at most. */
const MOST_COMPARISONS = 1_000_000;

/** "libssl3 3.0.11-1, libssl3 1.1.1-1", and how many more. */
export function describeAll(packages: readonly PlacedPackage[]): string {
  const named = packages.slice(0, MOST_NAMED).map(describePackage).join(", ");
  const more = packages.length - MOST_NAMED;
  return more > 0 ? `${named} and ${more} more` : named;
}

/** What is wrong with each dependency of each package, up to bounds that an image built to be slow reaches and no other. */
export function checkDependencies(
  packages: readonly PlacedPackage[],
  look: {
    /** How many comparisons a dependency takes at most. */
    readonly costOf: (dependency: DeclaredDependency) => number;
    readonly check: (found: PlacedPackage, wants: DeclaredDependency) => Conflict | undefined;
  },
): Conflict[] {
  const conflicts: Conflict[] = [];
  let comparisons = 0;
  for (const found of packages) {
    for (const dependency of found.dependencies ?? []) {
      comparisons += look.costOf(dependency);
      if (comparisons > MOST_COMPARISONS || conflicts.length >= MOST_CONFLICTS) return conflicts;
      const conflict = look.check(found, dependency);
      if (conflict !== undefined) conflicts.push(conflict);
    }
  }
  return conflicts;
}

/** By a key, in the order in which they come. */
export function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
