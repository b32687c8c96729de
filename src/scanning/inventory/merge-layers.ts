import { withoutInstalledLocks } from "./languages/believed-locks.ts";
import type {
  Distribution,
  FileReport,
  FoundPackage,
  ImageInventory,
  LayerReport,
  PlacedPackage,
} from "./model.ts";
import { PathSet } from "./path-set.ts";

/** What is visible in the image at a path, and since which layer. */
interface Visible {
  readonly layer: number;
  readonly report: FileReport;
  /** For each of the report's packages, the layer that brought it in this version: a database is rewritten by each layer that adds to it. */
  readonly broughtBy: readonly number[];
}

/** Files that name the distribution, the one that counts first. */
const RELEASE_FILES = ["etc/os-release", "usr/lib/os-release"];
const DISTRIBUTION_TYPES: ReadonlySet<string> = new Set(["deb", "apk", "rpm"]);

/** Lays the layers of an image over each other, from the bottom to the top, as engines do: what is hidden or removed is not there. */
export function mergeLayers(layers: readonly LayerReport[]): ImageInventory {
  return toInventory(layOver(layers));
}

/** Tells whether an image still shows what one of its layers has at a path. */
export function createVisibility(
  layers: readonly LayerReport[],
): (path: string, layer: number) => boolean {
  const visible = layOver(layers);
  return (path, layer) => visible.get(path)?.layer === layer;
}

function layOver(layers: readonly LayerReport[]): ReadonlyMap<string, Visible> {
  const visible = new Map<string, Visible>();
  layers.forEach((layer, index) => {
    const hides = hidingOf(layer);
    const before = new Map<string, Visible>();
    for (const [path, found] of visible) {
      if (!hides(path)) continue;
      before.set(path, found);
      visible.delete(path);
    }
    for (const [path, report] of Object.entries(layer.files)) {
      visible.set(path, place(report, { layer: index, before: before.get(path) }));
    }
  });
  return visible;
}

/** Whether a layer hides what lower ones have at a path. */
function hidingOf(layer: LayerReport): (path: string) => boolean {
  const whiteouts = new Set(layer.whiteouts);
  const opaque = new Set(layer.opaque);
  const occupied = new PathSet(layer.occupied);
  const isGone = (path: string) => whiteouts.has(path) || occupied.has(path);
  const emptied = new Map<string, boolean>();
  /** Whether what lower layers have in a directory is gone; most files share theirs with others. */
  const isEmptied = (directory: string): boolean => {
    const known = emptied.get(directory);
    if (known !== undefined) return known;
    const isRoot = directory === "";
    const value =
      opaque.has(directory) || (!isRoot && (isGone(directory) || isEmptied(parentOf(directory))));
    emptied.set(directory, value);
    return value;
  };
  return (path) => isGone(path) || isEmptied(parentOf(path));
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function place(
  report: FileReport,
  { layer, before }: { layer: number; before: Visible | undefined },
): Visible {
  const earlier = new Map(
    before?.report.packages?.map((found, index) => [identityOf(found), before.broughtBy[index]]),
  );
  const broughtBy = (report.packages ?? []).map((found) => earlier.get(identityOf(found)) ?? layer);
  return { layer, report, broughtBy };
}

function identityOf({ type, name, version, architecture = "" }: FoundPackage): string {
  return `${type}\n${name}\n${version}\n${architecture}`;
}

function toInventory(visible: ReadonlyMap<string, Visible>): ImageInventory {
  const owned = ownedPathsOf(visible);
  const licences = licencesOf(visible);
  const packages: PlacedPackage[] = [];
  const problems: ImageInventory["problems"][number][] = [];
  for (const [path, { report, layer, broughtBy }] of visible) {
    report.packages?.forEach((found, index) => {
      const since = broughtBy[index] ?? layer;
      const owner = ownership(found, owned.get(withoutUsr(path)), since);
      const place = { path, layer: since, ...owner };
      const told = licences.get(`${found.type} ${found.name}`);
      const isSilent = found.licences.length === 0 && told !== undefined;
      packages.push({ ...found, ...place, ...(isSilent ? { licences: told } : {}) });
    });
    if (report.problem !== undefined) problems.push({ path, layer, reason: report.problem });
  }
  const distribution = distributionOf(visible);
  return {
    ...(distribution === undefined ? {} : { distribution }),
    packages: withoutInstalledLocks(packages),
    problems,
  };
}

/** By type and name of the package. */
function licencesOf(visible: ReadonlyMap<string, Visible>): ReadonlyMap<string, readonly string[]> {
  const licences = new Map<string, readonly string[]>();
  for (const { report } of visible.values()) {
    const told = report.licences;
    if (told !== undefined) licences.set(`${told.type} ${told.name}`, told.names);
  }
  return licences;
}

/** A version that came after the distribution's package is not the distribution's, though it lies in its place. */
function ownership(
  { type }: FoundPackage,
  ownerLayer: number | undefined,
  layer: number,
): Pick<PlacedPackage, "ownedByDistribution" | "overwritesDistribution"> {
  if (ownerLayer === undefined || DISTRIBUTION_TYPES.has(type))
    return { ownedByDistribution: false };
  if (layer <= ownerLayer) return { ownedByDistribution: true };
  return { ownedByDistribution: false, overwritesDistribution: true };
}

/**
 * With the layer that brought the package which owns the path: of dpkg the list of its files, elsewhere the package in this
 * version, since one database for all is written again by whatever is added later.
 */
function ownedPathsOf(visible: ReadonlyMap<string, Visible>): ReadonlyMap<string, number> {
  const owned = new Map<string, number>();
  for (const { report, layer, broughtBy } of visible.values()) {
    report.ownedPaths?.forEach((path, index) => {
      const since = broughtBy[report.owners?.[index] ?? -1] ?? layer;
      const known = owned.get(withoutUsr(path)) ?? 0;
      owned.set(withoutUsr(path), Math.max(known, since));
    });
  }
  return owned;
}

/** Distributions moved these directories below usr/ and left links; their databases still say either. */
function withoutUsr(path: string): string {
  return path.replace(/^usr\/(?=(?:bin|sbin|lib\w*)\/)/, "");
}

function distributionOf(visible: ReadonlyMap<string, Visible>): Distribution | undefined {
  const others = [...visible.keys()].filter((path) => !RELEASE_FILES.includes(path)).toSorted();
  for (const path of [...RELEASE_FILES, ...others]) {
    const distribution = visible.get(path)?.report.distribution;
    if (distribution !== undefined) return distribution;
  }
  return undefined;
}
