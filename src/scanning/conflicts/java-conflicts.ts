import type { PlacedPackage } from "../inventory/model.ts";
import { type Conflict, groupBy } from "./conflict.ts";

/** Two versions of one artefact in one folder of a class path: which of them is loaded depends on the order of the directory. */
export function findJavaConflicts(packages: readonly PlacedPackage[]): Conflict[] {
  const artefacts = packages.filter(({ type }) => type === "maven");
  const groups = groupBy(
    artefacts,
    ({ path, name }) => `${path.slice(0, path.lastIndexOf("/") + 1)} ${name}`,
  );
  return [...groups.values()].flatMap((same) => {
    const [first, ...others] = same;
    const different = others.filter(
      ({ version, path }) => version !== first?.version && path !== first?.path,
    );
    if (first === undefined || different.length === 0) return [];
    return {
      kind: "several-versions" as const,
      package: first,
      found: different,
      message: `${first.name} lies in one folder in the versions ${same.map(({ version }) => version).join(", ")}; only one is loaded`,
    };
  });
}
