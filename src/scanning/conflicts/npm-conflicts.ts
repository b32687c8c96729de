import semver from "semver";
import type { DeclaredDependency, PlacedPackage } from "../inventory/model.ts";
import { type Conflict, describePackage, describeWanted } from "./conflict.ts";

const FOLDER = "node_modules/";
const MANIFEST = "/package.json";

/** What `npm ls` would complain about: each package finds others in the `node_modules` beside and above it, as Node does. */
export function findNpmConflicts(packages: readonly PlacedPackage[]): Conflict[] {
  const installed = packages.filter(
    ({ type, path, locked }) => type === "npm" && locked !== true && path.endsWith(MANIFEST),
  );
  const byFolder = new Map(installed.map((found) => [folderOf(found), found]));
  const homes = new Set([...byFolder.keys()].map((folder) => parentModules(folder)));
  return installed
    .filter((found) => isRun(found, homes))
    .flatMap((found) =>
      (found.dependencies ?? []).flatMap((dependency) => check(found, dependency, byFolder) ?? []),
    );
}

function folderOf({ path }: PlacedPackage): string {
  return path.slice(0, -MANIFEST.length);
}

/** Without a node_modules around or within it, it may be source code that is built elsewhere, or a bundle that needs nothing any more. */
function isRun(found: PlacedPackage, homes: ReadonlySet<string | undefined>): boolean {
  return `/${found.path}`.includes(`/${FOLDER}`) || homes.has(folderOf(found));
}

function check(
  found: PlacedPackage,
  dependency: DeclaredDependency,
  byFolder: ReadonlyMap<string, PlacedPackage>,
): Conflict | undefined {
  const resolved = resolve(folderOf(found), dependency, byFolder);
  const wanted = describeWanted(dependency);
  const place = { package: found, wants: dependency };
  if (resolved === undefined) {
    if (dependency.kind === "optional") return undefined;
    const verb = dependency.kind === "peer" ? "needs beside it" : "depends on";
    const message = `${describePackage(found)} ${verb} ${wanted}, which is not installed`;
    return { kind: "missing", ...place, found: [], message };
  }
  if (isSatisfied(resolved, dependency)) return undefined;
  const message = `${describePackage(found)} depends on ${wanted}, but finds ${describePackage(resolved)}`;
  return { kind: "unsatisfied", ...place, found: [resolved], message };
}

function resolve(
  from: string,
  { name, kind }: DeclaredDependency,
  byFolder: ReadonlyMap<string, PlacedPackage>,
): PlacedPackage | undefined {
  // What a package needs beside it does not count where it lies within it.
  let folder = kind === "peer" ? parentModules(from) : from;
  while (folder !== undefined) {
    const candidate = byFolder.get(join(folder, name));
    if (candidate !== undefined) return candidate;
    folder = parentModules(folder);
  }
  return undefined;
}

function join(folder: string, name: string): string {
  return folder === "" ? `${FOLDER}${name}` : `${folder}/${FOLDER}${name}`;
}

/** The folder that holds the `node_modules` in which a folder lies; undefined where it lies in none. */
function parentModules(folder: string): string | undefined {
  const at = `/${folder}`.lastIndexOf(`/${FOLDER}`);
  if (at === -1) return undefined;
  return folder.slice(0, Math.max(0, at - 1));
}

function isSatisfied(
  resolved: PlacedPackage,
  { name, constraint = "*" }: DeclaredDependency,
): boolean {
  const [, aliased, range = constraint] = /^npm:((?:@[^/]+\/)?[^@]+)@(.*)$/.exec(constraint) ?? [];
  if (resolved.name !== (aliased ?? name)) return aliased === undefined;
  // A tag, an address or a folder says nothing that could be compared; npm takes what is there.
  if (semver.validRange(range, { loose: true }) === null) return true;
  if (semver.valid(resolved.version, { loose: true }) === null) return true;
  return semver.satisfies(resolved.version, range, { loose: true });
}
