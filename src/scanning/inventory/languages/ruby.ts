import type { DeclaredDependency } from "../model.ts";
import { fileNameOf, isInDependencyFolder } from "./dependency-folder.ts";
import { createLanguageAnalyser, DESCRIPTION_BYTES, LIST_BYTES } from "./language-analyser.ts";

const LONGEST_LINE = 4096;

/**
 * Gems where RubyGems put them. Their specification is a Ruby program, but written by RubyGems, one attribute a line, with texts that
 * are quoted and often frozen.
 */
export const rubyInstalled = createLanguageAnalyser({
  name: "ruby-installed",
  maxBytes: DESCRIPTION_BYTES,
  wants: (path) => /(?:^|\/)specifications\/(?:default\/)?[^/]+\.gemspec$/.test(path),
  *read(content) {
    const lines = content
      .toString("utf8")
      .split(/\r?\n/)
      .filter((line) => line.length <= LONGEST_LINE)
      .map((line) => line.trim());
    yield {
      type: "gem",
      name: attribute(lines, "name")[0],
      version: attribute(lines, "version")[0],
      licences: [...attribute(lines, "licenses"), ...attribute(lines, "license")],
      dependencies: currentBranch(lines)
        .map(readDependency)
        .filter((dependency) => dependency !== undefined),
    };
  },
});

/** RubyGems up to 3.3 repeats all dependencies after an `else`, for versions of it that could not tell those for development apart. */
function currentBranch(lines: readonly string[]): readonly string[] {
  const end = lines.indexOf("else");
  return end === -1 ? lines : lines.slice(0, end);
}

function attribute(lines: readonly string[], name: string): string[] {
  const assignment = new RegExp(`^\\w+\\.${name}\\s*=`);
  const line = lines.find((candidate) => assignment.test(candidate));
  return line === undefined ? [] : quoted(line.slice(line.indexOf("=") + 1));
}

/** `s.add_runtime_dependency(%q<rack>.freeze, ["~> 2.0", ">= 2.0.1"])`; those for development are not installed. */
function readDependency(line: string): DeclaredDependency | undefined {
  if (!/^\w+\.add_(?:runtime_)?dependency\b/.test(line)) return undefined;
  const [name, ...constraints] = quoted(line);
  if (name === undefined) return undefined;
  return {
    kind: "requires",
    name,
    ...(constraints.length === 0 ? {} : { constraint: constraints.join(", ") }),
  };
}

function quoted(text: string): string[] {
  return [...text.matchAll(/%q<([^<>]*)>|"([^"\\]*)"|'([^'\\]*)'/g)].map(
    ([, angled, double, single]) => angled ?? double ?? single ?? "",
  );
}

/** Gemfile.lock and gems.locked: the gems of the sections that name a server, four spaces in. */
export const rubyLock = createLanguageAnalyser({
  name: "ruby-lock",
  maxBytes: LIST_BYTES,
  wants: (path) =>
    ["Gemfile.lock", "gems.locked"].includes(fileNameOf(path)) && !isInDependencyFolder(path),
  *read(content) {
    let section = "";
    for (const line of content.toString("utf8").split(/\r?\n/)) {
      if (/^\S/.test(line)) section = line;
      if (section !== "GEM" || line.length > LONGEST_LINE) continue;
      const [, name, version] = /^ {4}(\S+) \(([^()]+)\)$/.exec(line) ?? [];
      yield { type: "gem", name, version: version && withoutPlatform(version), locked: true };
    }
  },
});

/** "1.16.0-x86_64-linux" is 1.16.0 built for one platform. */
function withoutPlatform(version: string): string {
  return version.replace(/-.*$/, "");
}
