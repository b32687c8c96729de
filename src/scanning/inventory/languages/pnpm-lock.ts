import { fileNameOf, isInDependencyFolder } from "./dependency-folder.ts";
import { createLanguageAnalyser, LIST_BYTES, type RawPackage } from "./language-analyser.ts";

/**
 * pnpm-lock.yaml of versions 5, 6 and 9. Its packages are keys with two spaces before them, in the section `packages`: reading lines
 * is exact for what pnpm writes, and an order of magnitude quicker than a YAML parser on files of many megabytes.
 */
export const pnpmLock = createLanguageAnalyser({
  name: "pnpm-lock",
  maxBytes: LIST_BYTES,
  wants: (path) => fileNameOf(path) === "pnpm-lock.yaml" && !isInDependencyFolder(path),
  read: (content) => readPackages(sectionOf(content.toString("utf8"), "packages:")),
});

function sectionOf(text: string, name: string): string[] {
  const lines = text.split(/\r?\n/);
  const start = lines.indexOf(name) + 1;
  if (start === 0) return [];
  const end = lines.findIndex((line, index) => index >= start && /^\S/.test(line));
  return lines.slice(start, end === -1 ? lines.length : end);
}

function* readPackages(lines: readonly string[]): Iterable<RawPackage> {
  let pending: RawPackage[] = [];
  for (const line of lines) {
    if (/^ {2}\S/.test(line)) {
      yield* pending;
      pending = [readKey(line.trim())];
    } else if (/^ {4}dev: true\s*$/.test(line)) {
      pending = [];
    }
  }
  yield* pending;
}

/** `/name/1.0.0_peer@2`, `/@scope/name@1.0.0(peer@2)`, `'@scope/name@1.0.0'`, `name@https://...`. */
function readKey(line: string): RawPackage {
  const key = line
    .replace(/:(?: \{\})?$/, "")
    .replace(/^['"]|['"]$/g, "")
    .replace(/\(.*$/, "");
  const [, name, version] = key.startsWith("/")
    ? (/^\/((?:@[^/@]+\/)?[^/@]+)[/@](\d[^_/]*)/.exec(key) ?? [])
    : (/^((?:@[^/@]+\/)?[^/@]+)@(\d.*)$/.exec(key) ?? []);
  return { type: "npm", name, version, locked: true };
}
