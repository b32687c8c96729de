import { createLanguageAnalyser, DESCRIPTION_BYTES } from "./language-analyser.ts";
import { npmDependencies, npmLicences } from "./npm-manifest.ts";
import { parseJson, textOf } from "./untrusted-json.ts";

const FOLDER = "node_modules/";
const OF_PACKAGE = /^(?:@[^/]+\/)?[^/]+\/package\.json$/;

/**
 * Packages where npm, yarn or pnpm put them. Below `node_modules` only the folder of a package counts: test data further down also
 * has a package.json, often with a borrowed name. Elsewhere it is a package that was unpacked by hand (yarn in /opt), or the
 * application itself, which says so with `private`.
 */
export const npmInstalled = createLanguageAnalyser({
  name: "npm-installed",
  maxBytes: DESCRIPTION_BYTES,
  wants: (path) => {
    if (!path.endsWith("package.json")) return false;
    const at = path.lastIndexOf(FOLDER);
    if (at > 0 && path[at - 1] !== "/") return false;
    return at === -1
      ? path === "package.json" || path.endsWith("/package.json")
      : OF_PACKAGE.test(path.slice(at + FOLDER.length));
  },
  *read(content, path) {
    const manifest = parseJson(content);
    if (!path.includes(FOLDER) && manifest.private === true) return;
    yield {
      type: "npm",
      name: textOf(manifest.name),
      version: textOf(manifest.version),
      licences: npmLicences(manifest),
      dependencies: npmDependencies(manifest),
    };
  },
});
