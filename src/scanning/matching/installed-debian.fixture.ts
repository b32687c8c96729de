import { readFileSync } from "node:fs";
import type { ImageInventory, PlacedPackage } from "../inventory/model.ts";

/** What a dpkg status file says is installed, as an image of one layer. */
export function readInstalled(file: string, release: string): ImageInventory {
  const paragraphs = readFileSync(file, "utf8").split(/\n\n+/);
  const packages = paragraphs.flatMap((paragraph): PlacedPackage[] => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1];
    const [name, version] = [field("Package"), field("Version")];
    if (name === undefined || version === undefined) return [];
    return [debianPackage({ name, version, source: field("Source") })];
  });
  return debianImage(release, packages);
}

/** A package of Debian; `source` as its control file says it: "perl", or "postgresql-common (225)". */
export function debianPackage({
  name,
  version,
  source: sourceField = "",
  ...fields
}: {
  readonly name: string;
  readonly version: string;
  readonly source?: string | undefined;
  readonly vendor?: string;
}): PlacedPackage {
  const [, source = name, sourceVersion = version] =
    /^(\S+)(?: \((\S+)\))?$/.exec(sourceField) ?? [];
  return {
    type: "deb",
    name,
    version,
    source: { name: source, version: sourceVersion },
    licences: [],
    path: "var/lib/dpkg/status",
    layer: 0,
    ownedByDistribution: false,
    ...fields,
  };
}

export function debianImage(release: string, packages: readonly PlacedPackage[]): ImageInventory {
  const distribution = {
    id: "debian",
    version: release,
    like: [],
    prettyName: `Debian ${release}`,
  };
  return { distribution, packages, problems: [] };
}
