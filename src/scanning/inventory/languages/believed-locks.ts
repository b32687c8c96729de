import type { PackageType, PlacedPackage } from "../model.ts";
import { folderOf } from "./dependency-folder.ts";

/** Ecosystems that install into a folder of the application, beside its lock file. */
const BESIDE: ReadonlySet<PackageType> = new Set(["npm", "composer"]);

/**
 * Leaves lock files out whose packages are seen to be installed: what is there counts, and what the file names beyond that (for
 * development, for another platform) is not there. An application that was bundled or compiled has its lock file alone.
 */
export function withoutInstalledLocks(
  packages: readonly PlacedPackage[],
): readonly PlacedPackage[] {
  const locks = packages.filter(({ locked }) => locked === true);
  if (locks.length === 0) return packages;
  const seen = packages.filter(
    ({ locked, ownedByDistribution }) => locked !== true && !ownedByDistribution,
  );
  const folders = new Set(
    seen.flatMap(({ type, path }) => foldersAbove(path).map((folder) => `${type} ${folder}`)),
  );
  const names = new Set(seen.map(nameOf));
  const installed = new Set(
    locks
      .filter((lock) =>
        BESIDE.has(lock.type)
          ? folders.has(`${lock.type} ${folderOf(lock.path)}`)
          : names.has(nameOf(lock)),
      )
      .map(({ path }) => path),
  );
  return packages.filter(({ locked, path }) => locked !== true || !installed.has(path));
}

function foldersAbove(path: string): string[] {
  const folders = [];
  for (let folder = folderOf(path); folder !== ""; folder = folderOf(folder)) folders.push(folder);
  return [...folders, ""];
}

/** PyPI and NuGet take spellings of a name for the same (PEP 503). */
function nameOf({ type, name }: PlacedPackage): string {
  return `${type} ${name.toLowerCase().replace(/[-_.]+/g, "-")}`;
}
