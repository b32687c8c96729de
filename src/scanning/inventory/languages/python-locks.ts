import { parse as parseToml } from "smol-toml";
import { fileNameOf, isInDependencyFolder } from "./dependency-folder.ts";
import {
  createLanguageAnalyser,
  DESCRIPTION_BYTES,
  LIST_BYTES,
  type RawPackage,
} from "./language-analyser.ts";
import { parseRequirement } from "./python-requirement.ts";
import { type JsonObject, listOf, objectOf, parseJson, textOf, textsOf } from "./untrusted-json.ts";

/** requirements.txt as far as it pins: `name==1.0`; what only gives a range says nothing of what is installed. */
export const pythonRequirements = createLanguageAnalyser({
  name: "python-requirements",
  maxBytes: DESCRIPTION_BYTES,
  wants: (path) => fileNameOf(path) === "requirements.txt" && !isInDependencyFolder(path),
  *read(content) {
    for (const line of textOfRequirements(content).split(/\r?\n/)) {
      const requirement = parseRequirement(
        line.replace(/(?:^|\s)#.*$/, "").replace(/\s--?[a-z].*$/, ""),
      );
      yield pinned(requirement?.name, requirement?.constraint);
    }
  },
});

/** pip reads UTF-16 as well, which Windows writes. */
function textOfRequirements(content: Buffer): string {
  const isUtf16 = content[0] === 0xff && content[1] === 0xfe;
  return content.toString(isUtf16 ? "utf16le" : "utf8").replace(/^\uFEFF/, "");
}

/** Pipfile.lock; `develop` is left out, as `pipenv install --deploy` does. */
export const pythonPipfileLock = createLanguageAnalyser({
  name: "python-pipfile-lock",
  maxBytes: LIST_BYTES,
  wants: (path) => fileNameOf(path) === "Pipfile.lock" && !isInDependencyFolder(path),
  *read(content) {
    for (const [name, entry] of Object.entries(objectOf(parseJson(content).default))) {
      yield pinned(name, textOf(objectOf(entry).version));
    }
  },
});

/** poetry.lock, uv.lock, pdm.lock and pylock.toml (PEP 751): lists of packages in TOML, each with its name and version. */
export const pythonTomlLocks = createLanguageAnalyser({
  name: "python-toml-locks",
  maxBytes: LIST_BYTES,
  wants: (path) =>
    /^(?:(?:poetry|uv|pdm)\.lock|pylock(?:\.[^.]+)?\.toml)$/.test(fileNameOf(path)) &&
    !isInDependencyFolder(path),
  *read(content) {
    const lock: JsonObject = parseToml(content.toString("utf8"));
    for (const entry of [...listOf(lock.package), ...listOf(lock.packages)]) {
      const found = objectOf(entry);
      if (isForDevelopment(found) || isLocal(found)) continue;
      yield {
        type: "pypi",
        name: textOf(found.name),
        version: textOf(found.version),
        locked: true,
      };
    }
  },
});

function pinned(name: string | undefined, constraint = ""): RawPackage {
  const [, version] = /^={2,3}\s*([^\s,*]+)$/.exec(constraint) ?? [];
  return { type: "pypi", name, version, locked: true };
}

/** Poetry names a category up to 1.4 and groups since 2.0. */
function isForDevelopment(entry: JsonObject): boolean {
  if (entry.category === "dev") return true;
  const groups = textsOf(entry.groups);
  return (
    groups.length > 0 && groups.every((group) => ["dev", "test", "docs", "lint"].includes(group))
  );
}

/** The project itself and folders beside it. */
function isLocal(entry: JsonObject): boolean {
  const source = objectOf(entry.source);
  return (
    ["virtual", "editable", "directory"].some((kind) => Object.hasOwn(source, kind)) ||
    source.type === "directory"
  );
}
