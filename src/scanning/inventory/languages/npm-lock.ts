import { fileNameOf, isInDependencyFolder } from "./dependency-folder.ts";
import { createLanguageAnalyser, LIST_BYTES, type RawPackage } from "./language-analyser.ts";
import { npmDependencies, npmLicences } from "./npm-manifest.ts";
import { type JsonObject, objectOf, parseJson, textOf } from "./untrusted-json.ts";

const FOLDER = "node_modules/";
/** npm itself nests a handful of levels. */
const DEEPEST = 64;

/** package-lock.json of npm 5 and later (versions 1 to 3); what is for development alone is left out, as `npm ci --omit=dev` does. */
export const npmLock = createLanguageAnalyser({
  name: "npm-lock",
  maxBytes: LIST_BYTES,
  wants: (path) =>
    ["package-lock.json", "npm-shrinkwrap.json"].includes(fileNameOf(path)) &&
    !isInDependencyFolder(path),
  *read(content) {
    const lock = parseJson(content);
    if (lock.packages !== undefined) yield* readPackages(objectOf(lock.packages));
    else yield* readDependencies(objectOf(lock.dependencies));
  },
});

/** Versions 2 and 3: flat, by the folder of each package. */
function* readPackages(packages: JsonObject): Iterable<RawPackage> {
  for (const [folder, value] of Object.entries(packages)) {
    const entry = objectOf(value);
    const at = folder.lastIndexOf(FOLDER);
    // Without node_modules it is the project itself, or a workspace of it.
    if (at === -1 || entry.link === true || entry.dev === true) continue;
    yield {
      type: "npm",
      name: textOf(entry.name) ?? folder.slice(at + FOLDER.length),
      version: textOf(entry.version),
      licences: npmLicences(entry),
      dependencies: npmDependencies(entry),
      locked: true,
    };
  }
}

/** Version 1: a tree. */
function* readDependencies(root: JsonObject): Iterable<RawPackage> {
  const open: { readonly level: JsonObject; readonly depth: number }[] = [
    { level: root, depth: 0 },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.depth > DEEPEST) throw new Error(`it nests more than ${DEEPEST} levels`);
    for (const [name, value] of Object.entries(next.level)) {
      const entry = objectOf(value);
      if (entry.dev === true) continue;
      if (entry.dependencies !== undefined) {
        open.push({ level: objectOf(entry.dependencies), depth: next.depth + 1 });
      }
      yield {
        ...unalias(name, textOf(entry.version)),
        type: "npm",
        dependencies: npmDependencies({ dependencies: entry.requires }),
        locked: true,
      };
    }
  }
}

/** `npm:real@1.0.0` is another package under this name; a version that is an address names nothing in the registry. */
function unalias(name: string, version = ""): Pick<RawPackage, "name" | "version"> {
  const [, real, aliased] = /^npm:(.+)@([^@]+)$/.exec(version) ?? [];
  if (real !== undefined) return { name: real, version: aliased };
  return { name, version: /^\d/.test(version) ? version : undefined };
}
