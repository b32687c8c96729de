import type { DeclaredDependency } from "../model.ts";
import { fileNameOf, isInDependencyFolder } from "./dependency-folder.ts";
import { createLanguageAnalyser, LIST_BYTES, type RawPackage } from "./language-analyser.ts";

/** yarn.lock of both families: version 1 has a format of its own, later ones a subset of YAML with the same indentation. */
export const yarnLock = createLanguageAnalyser({
  name: "yarn-lock",
  maxBytes: LIST_BYTES,
  wants: (path) => fileNameOf(path) === "yarn.lock" && !isInDependencyFolder(path),
  *read(content) {
    let block: string[] = [];
    for (const line of content.toString("utf8").split(/\r?\n/)) {
      if (line === "" || line.startsWith("#")) continue;
      if (!line.startsWith(" ")) {
        yield* readBlock(block);
        block = [];
      }
      block.push(line);
    }
    yield* readBlock(block);
  },
});

function* readBlock(block: readonly string[]): Iterable<RawPackage> {
  const [head = "", ...lines] = block;
  if (head === "" || head.startsWith("__metadata:")) return;
  const facts = readFacts(lines);
  const locator = facts.values.get("resolution") ?? head.replace(/:$/, "").split(",", 1)[0] ?? "";
  const { name, protocol } = readLocator(unquote(locator));
  // The project itself, and folders or archives beside it, are in no registry.
  if (/^(?:workspace|link|portal|file):/.test(protocol)) return;
  yield {
    type: "npm",
    name,
    version: facts.values.get("version"),
    dependencies: facts.dependencies,
    locked: true,
  };
}

function readFacts(lines: readonly string[]): {
  values: Map<string, string>;
  dependencies: DeclaredDependency[];
} {
  const values = new Map<string, string>();
  const dependencies: DeclaredDependency[] = [];
  let section = "";
  for (const line of lines) {
    const [key = "", value = ""] = readPair(line.trim());
    if (line.startsWith("    ")) {
      const kind = kindOf(section);
      if (kind !== undefined) dependencies.push({ kind, name: key, constraint: value });
    } else if (value === "") {
      section = key;
    } else {
      values.set(key, value);
    }
  }
  return { values, dependencies };
}

function kindOf(section: string): DeclaredDependency["kind"] | undefined {
  if (section === "dependencies") return "requires";
  if (section === "optionalDependencies") return "optional";
  return section === "peerDependencies" ? "peer" : undefined;
}

/** `name "1.0"`, `"@a/b" "1.0"`, `name: 1.0`, `"@a/b": "npm:1.0"`. */
function readPair(line: string): [key: string, value: string] {
  const end = line.startsWith('"') ? line.indexOf('"', 1) + 1 : line.search(/[:\s]/);
  if (end <= 0) return [line, ""];
  const value = line
    .slice(end)
    .replace(/^:?\s*/, "")
    .trim();
  return [unquote(line.slice(0, end)), unquote(value).replace(/^npm:/, "")];
}

function unquote(text: string): string {
  return text.trim().replace(/^"/, "").replace(/"$/, "");
}

/** `name@range`, `alias@npm:name@range`, `@scope/name@npm:1.0.0`, `name@workspace:.`. */
function readLocator(locator: string): { name: string; protocol: string } {
  const at = locator.indexOf("@", 1);
  if (at === -1) return { name: locator, protocol: "" };
  const protocol = locator.slice(at + 1);
  const [, aliased] = /^npm:((?:@[^@/]+\/)?[^@/]+)@/.exec(protocol) ?? [];
  return { name: aliased ?? locator.slice(0, at), protocol };
}
