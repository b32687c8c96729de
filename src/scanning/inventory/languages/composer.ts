import type { DeclaredDependency } from "../model.ts";
import { fileNameOf, isInDependencyFolder } from "./dependency-folder.ts";
import { createLanguageAnalyser, LIST_BYTES, type RawPackage } from "./language-analyser.ts";
import { listOf, objectOf, parseJson, textOf, textsOf } from "./untrusted-json.ts";

/** What Composer installed: a list until version 1, an object since. */
export const composerInstalled = createLanguageAnalyser({
  name: "composer-installed",
  maxBytes: LIST_BYTES,
  wants: (path) => /(?:^|\/)composer\/installed\.json$/.test(path),
  *read(content) {
    const parsed: unknown = JSON.parse(content.toString("utf8"));
    const entries = Array.isArray(parsed) ? parsed : listOf(objectOf(parsed).packages);
    for (const entry of entries) yield readPackage(entry);
  },
});

/** composer.lock; `packages-dev` is left out, as `composer install --no-dev` does. */
export const composerLock = createLanguageAnalyser({
  name: "composer-lock",
  maxBytes: LIST_BYTES,
  wants: (path) => fileNameOf(path) === "composer.lock" && !isInDependencyFolder(path),
  *read(content) {
    for (const entry of listOf(parseJson(content).packages)) {
      yield { ...readPackage(entry), locked: true };
    }
  },
});

function readPackage(entry: unknown): RawPackage {
  const { name, version, license, require: required } = objectOf(entry);
  return {
    type: "composer",
    name: textOf(name),
    // Tags often begin with a `v`, which is no part of the version.
    version: textOf(version)?.replace(/^v(?=\d)/, ""),
    licences: textsOf(license),
    dependencies: Object.entries(objectOf(required))
      .filter(([dependency]) => dependency.includes("/"))
      .map(
        ([dependency, constraint]): DeclaredDependency => ({
          kind: "requires",
          name: dependency,
          ...(typeof constraint === "string" ? { constraint } : {}),
        }),
      ),
  };
}
