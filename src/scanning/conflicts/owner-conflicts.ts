import type { PlacedPackage } from "../inventory/model.ts";
import { type Conflict, describePackage } from "./conflict.ts";

/** Files that belong to a package of the distribution, and that another package manager has replaced since. */
export function findOwnerConflicts(packages: readonly PlacedPackage[]): Conflict[] {
  return packages
    .filter(({ overwritesDistribution }) => overwritesDistribution === true)
    .map((found) => ({
      kind: "two-owners",
      package: found,
      found: [],
      message: `${describePackage(found)} was installed over files of the distribution (${found.path}); the next upgrade of either breaks the other`,
    }));
}
