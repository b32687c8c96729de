import type { FoundPackage, ImageInventory, PlacedPackage } from "../inventory/model.ts";
import { type LicenceExpression, toLicenceExpression } from "./licence-expression.ts";
import { toPackageUrl } from "./package-url.ts";

/** The image that a bill of materials is of, and who writes it when. */
export interface BillSubject {
  readonly name: string;
  /** Digest of its manifest. */
  readonly digest?: string;
  readonly diffIds: readonly string[];
  /** A UUID, new for each document. */
  readonly id: string;
  readonly created: Date;
  /** Berth's own. */
  readonly version: string;
}

/** One package, however many files of the image name it. */
export interface BillItem {
  /** Unique in the bill. */
  readonly ref: string;
  readonly found: FoundPackage;
  readonly purl: string | undefined;
  readonly licence: LicenceExpression | undefined;
  readonly paths: readonly string[];
  /** Diff ids of the layers that brought it. */
  readonly layers: readonly string[];
  /** Refs of the packages that it needs, as far as these are in the image. */
  readonly dependsOn: readonly string[];
}

/** What the formats have in common, in an order that does not depend on that of the files. */
export function listBillItems(inventory: ImageInventory, subject: BillSubject): BillItem[] {
  const groups = new Map<string, PlacedPackage[]>();
  for (const placed of inventory.packages) {
    const key = keyOf(placed);
    groups.set(key, [...(groups.get(key) ?? []), placed]);
  }
  const sorted = [...groups].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const named = sorted.flatMap(([key, group]) => {
    const [found] = group;
    if (found === undefined) return [];
    const purl = toPackageUrl(found, inventory.distribution);
    return [{ ref: purl ?? key, key, group, found, purl }];
  });
  const byName = Map.groupBy(named, ({ found }) => nameKeyOf(found.type, found.name));
  return named.map(({ ref, group, found, purl }) => ({
    ref,
    found,
    purl,
    licence: toLicenceExpression(found.licences),
    paths: unique(group.map(({ path }) => path)),
    layers: unique(group.map(({ layer }) => subject.diffIds[layer] ?? "")),
    dependsOn: unique(
      needsOf(found).flatMap((name) => {
        // Of several with the name nobody knows which one is meant.
        const [needed, another] = byName.get(nameKeyOf(found.type, name)) ?? [];
        return needed === undefined || another !== undefined ? [] : [needed.ref];
      }),
    ).filter((needed) => needed !== ref),
  }));
}

function needsOf({ dependencies = [] }: FoundPackage): string[] {
  return dependencies.filter(({ kind }) => kind === "requires").map(({ name }) => name);
}

function keyOf({ type, name, version, architecture = "" }: FoundPackage): string {
  return `${type}:${name}@${version}${architecture === "" ? "" : `:${architecture}`}`;
}

function nameKeyOf(type: string, name: string): string {
  return `${type}:${name}`;
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
