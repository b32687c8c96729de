import { PackageURL } from "packageurl-js";
import type { Distribution, FoundPackage } from "../inventory/model.ts";

/** The package's purl (github.com/package-url/purl-spec), or undefined for a name that is none in its ecosystem. */
export function toPackageUrl(
  found: FoundPackage,
  distribution: Distribution | undefined,
): string | undefined {
  const { namespace, name } = splitName(found, distribution);
  const { version, qualifiers } = versionOf(found, distribution);
  try {
    return new PackageURL(found.type, namespace, name, version, qualifiers, undefined).toString();
  } catch {
    // Names come from images and may be anything; the package is listed without one.
    return undefined;
  }
}

function splitName(
  { type, name }: FoundPackage,
  distribution: Distribution | undefined,
): { namespace: string | undefined; name: string } {
  switch (type) {
    case "deb":
    case "apk":
    case "rpm":
      return { namespace: distribution?.id ?? defaultNamespace(type), name };
    case "maven":
      return splitAt(name, name.indexOf(":"));
    case "npm":
    case "golang":
    case "composer":
      return splitAt(name, name.lastIndexOf("/"));
    case "pypi":
      return { namespace: undefined, name: name.toLowerCase().replaceAll("_", "-") };
    case "gem":
    case "cargo":
    case "nuget":
      return { namespace: undefined, name };
  }
}

/** Schema: a distribution without a name is still one that uses these packages. */
function defaultNamespace(type: "deb" | "apk" | "rpm"): string | undefined {
  return { deb: "debian", apk: "alpine", rpm: undefined }[type];
}

function splitAt(name: string, at: number): { namespace: string | undefined; name: string } {
  if (at === -1) return { namespace: undefined, name };
  return { namespace: name.slice(0, at), name: name.slice(at + 1) };
}

function versionOf(
  found: FoundPackage,
  distribution: Distribution | undefined,
): { version: string; qualifiers: Record<string, string> | undefined } {
  const { type, version, architecture, source } = found;
  if (type !== "deb" && type !== "apk" && type !== "rpm") return { version, qualifiers: undefined };
  const [, epoch, rest = version] = (type === "rpm" && /^(\d+):(.*)$/.exec(version)) || [];
  const release = distribution === undefined ? undefined : releaseOf(distribution);
  const upstream = source === undefined ? undefined : `${source.name}@${source.version}`;
  const said = { arch: architecture, distro: release, epoch, upstream };
  const known = Object.entries(said).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "",
  );
  return { version: rest, qualifiers: known.length > 0 ? Object.fromEntries(known) : undefined };
}

function releaseOf({ id, version }: Distribution): string {
  return version === "" ? id : `${id}-${version}`;
}
