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
